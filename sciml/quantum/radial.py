"""The radial equation of a central potential, as that of a well on the half line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.arguments import check_count, check_number
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.potentials import Potential, evaluate


@dataclass(frozen=True)
class Centrifugal:
    """V(r) + c l(l + 1)/r², the potential of u(r) = r R(r) in three dimensions."""

    potential: Potential
    l: int  # noqa: E741
    kinetic: float

    def __call__(self, r: Array) -> Array:
        """Return it at distances r > 0."""
        barrier = self.kinetic * self.l * (self.l + 1) / np.square(r) if self.l else 0.0
        return np.asarray(evaluate(self.potential, np.asarray(r)) + barrier)


def radial_potential(potential: Potential, l: int, r_max: float, kinetic: float) -> Centrifugal:  # noqa: E741
    """Return the potential of the radial equation.

    Raises:
        ArgumentError: For an l below 0, an r_max ≤ 0, or a c that depends on position.
    """
    check_count("l", l, 0)
    check_number("r_max", r_max, above=0, advice="where ψ has died out")
    if callable(kinetic):
        raise ArgumentError("kinetic: got a function, expected a number; a radial mass is not supported")
    check_number("kinetic", kinetic, above=0, advice="such as 0.5 or ħ²/2m")
    return Centrifugal(potential, l, float(kinetic))

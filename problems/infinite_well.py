"""The infinite square well, the first problem of every course."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.references import Eigenpairs
from sciml.quantum.well import Well


@dataclass(frozen=True)
class InfiniteWell(Well):
    """V = 0 on [0, width]; -psi'' = E psi; E_n = ((n+1) pi/width)^2."""

    width: float = parameter(1.0, "width of the well", above=0.0)
    fixed_energy: bool = parameter(False, "give E its exact value and seek psi alone, as in the source paper")
    states: int = parameter(1, "number of states", low=1, high=30)
    kinetic = 1.0

    @property
    def energies_fixed(self) -> bool:
        """Whether E is given: the box of the first guess is the well itself, so the guess is exact."""
        return self.fixed_energy

    @cached_property
    def interval(self) -> Interval:
        """[0, width]."""
        return Interval(0.0, self.width)

    def potential_energy(self, x: Array) -> Array:
        """Return zero."""
        return np.zeros_like(x)

    def reference(self) -> Reference:
        """Return the closed form."""
        wavenumbers = math.pi / self.width * np.arange(1, self.states + 1)
        pairs = Eigenpairs(
            energies=wavenumbers**2,
            errors=4 * np.finfo(float).eps * wavenumbers**2,
            wave_errors=np.full(self.states, 1e-15),
            wave=lambda x: math.sqrt(2 / self.width) * np.sin(np.outer(x, wavenumbers)),
            method="closed form",
            citation="D. J. Griffiths, Introduction to Quantum Mechanics, section 2.2",
        )
        return reference_from(pairs, self, kind="analytic")

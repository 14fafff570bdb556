"""What every reference solver returns: energies and wavefunctions, each with an estimate of its own error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    r"""The lowest bound states of $-(c\,\psi')' + V\psi = E\psi$ with $\psi = 0$ at both ends of the box.

    Calling the value samples the wavefunctions, which are real, have $\int\psi^2\,dx = 1$ and a positive
    slope at the left end. Outside the box they are zero.

    Attributes:
        energies: The energies in ascending order, shape (K,), in the units of the potential.
        errors: Estimates of the absolute errors of `energies`, shape (K,).
        wave_errors: Estimates of the relative L2 errors of the wavefunctions, shape (K,).
        wave: The wavefunctions, from positions of shape (n,) to values of shape (n, K).
        method: The method in a few words.
        citation: Where the method is described.
    """

    energies: Array
    errors: Array
    wave_errors: Array
    wave: Callable[[Array], Array]
    method: str
    citation: str

    def __call__(self, x: ArrayLike) -> Array:
        """Return the wavefunctions at the positions `x`, shape (n, K)."""
        return self.wave(np.atleast_1d(np.asarray(x, dtype=np.float64)).ravel())

    def __len__(self) -> int:
        """Return the number of states."""
        return len(self.energies)

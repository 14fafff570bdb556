"""Wells that stand for open space: a box wide enough not to matter, and no more states than are bound."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np

from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.comparison import reference_from
from sciml.quantum.references import spectral_elements
from sciml.quantum.well import Well

ACTION = 20.0  # ψ² has fallen to 4e-18 there: the box changes no digit


class OpenWell(Well):
    """A well in open space with known `levels`; its box ends where states have fallen by exp(−ACTION)."""

    kinetic = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        bound = len(self.levels)
        if self.states > bound:
            raise ArgumentError(f"parameter 'states': got {self.states}, but only {bound} are bound")

    @property
    @abstractmethod
    def levels(self) -> Array:
        """All bound energies in open space."""

    def reference(self) -> Reference:
        """Return the levels in closed form, their error what the box changes, and ψ by spectral elements."""
        interval = self.interval
        boxed = spectral_elements(
            self.potential_energy, (interval.left, interval.right), self.states, (), self.kinetic
        )
        exact = self.levels[: self.states]
        errors = np.abs(boxed.energies - exact) + boxed.errors
        method = f"levels in closed form, wavefunctions by {boxed.method}"
        return reference_from(
            replace(boxed, energies=exact, errors=errors, method=method), self, kind="analytic"
        )

"""A chain of oscillators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Measured, Reference
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array
from sciml.pde import PdeRecipe
from sciml.pde.ground_state import GroundState


@dataclass(frozen=True)
class CoupledOscillators(GroundState):
    """The lowest state of a chain of oscillators, each coupled to its neighbours, in all coordinates."""

    equation: ClassVar[str] = "(-lap/2 + sum x_i^2 / 2 + coupling sum x_i x_(i+1)) psi = E psi"

    size: int = parameter(6, "number of oscillators", low=2, high=12)
    coupling: float = parameter(0.3, "coupling of neighbours", low=0.0, high=0.45)

    @property
    def matrix(self) -> Array:
        """A: one on the diagonal, the coupling beside it."""
        side = np.full(self.size - 1, self.coupling)
        return np.eye(self.size) + np.diag(side, 1) + np.diag(side, -1)

    @property
    def lengths(self) -> Mapping[str, float]:
        """One along each axis."""
        return {f"x{k}": 1.0 for k in range(1, self.size + 1)}

    @property
    def first_energy(self) -> float:
        """That without coupling."""
        return 0.5 * self.size

    def trial(self, log_psi: Jet, **x: Jet) -> Jet:
        """Return the state without coupling, and the network."""
        log = log_psi
        for name in self.lengths:
            log = log - x[name] * x[name] * 0.5
        return log

    def potential(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return ½ x·A·x."""
        position = torch.stack(list(x.values()), 1)
        return 0.5 * ((position @ position.new_tensor(self.matrix)) * position).sum(1)

    @property
    def has_reference(self) -> bool:
        """The energy is known."""
        return True

    def reference(self) -> Reference:
        """Return half the sum of the normal frequencies."""
        energy = 0.5 * float(np.sqrt(np.linalg.eigvalsh(self.matrix)).sum())
        return Reference({"E": Measured(energy, 1e-14 * energy)}, kind="analytic", method="normal modes")

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        recipe = super().recipe(quick)
        return recipe if quick else replace(recipe, tolerance=5e-5, residual=5e-3)

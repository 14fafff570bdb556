"""Ground states in many coordinates by the residual of the logarithm of ψ.

With ψ = e^f the equation Hψ = Eψ is E_L = E, the local energy E_L = −½(Δf + |∇f|²) + V being the same at all
points. No integral stands in it, and ψ > 0 makes the state the lowest. E is trained with the network.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.status import Status
from sciml.numerics.boxes import Box, sobol
from sciml.numerics.domains import Array, Quadrature
from sciml.pde.field import Field
from sciml.pde.problem import Pde
from sciml.pde.recipe import PdeRecipe
from sciml.pinn import Integral, PinnRecipe, Scalar
from sciml.pinn.terms import Term

REACH = 6.0  # half the box in lengths of the trap: the points, normal about the middle, end well within
SPREAD = 0.95  # of the points, in those lengths: wider than |ψ|², which has 0.71, so that its tails are seen
FACTOR = 0.1  # weight of the row that chooses ψ's factor
LOOKED_AT = 2**14  # points of the energy's expectation value
SAMPLED = 2**12  # points on which log ψ is saved
EDGE = 1e-9  # of the unit cube, which a normal density would send to infinity

RECIPE = PdeRecipe(
    max_steps=80, hidden=(20, 20), points=2500, scattered=True, tolerance=1e-6, residual=1e-3, goal=0.13
)
QUICK = replace(RECIPE, max_steps=40, hidden=(12, 12), points=900, tolerance=1e-4, residual=2e-2, goal=0.1)


class GroundState(Pde):
    """The lowest state in a potential that confines; a subclass gives axes, lengths and the potential."""

    equation: ClassVar[str] = "(-lap/2 + V) psi = E psi,  psi = exp(log_psi)"
    unknowns: ClassVar[tuple[str, ...]] = ("log_psi",)
    unit: ClassVar[str] = ""

    @property
    @abstractmethod
    def lengths(self) -> Mapping[str, float]:
        """The width of ψ along each axis, about."""

    @property
    @abstractmethod
    def first_energy(self) -> float:
        """A first guess."""

    @abstractmethod
    def potential(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return V at the points."""

    @cached_property
    def domain(self) -> Box:
        """A box that holds all points."""
        return Box(**{name: (-REACH * length, REACH * length) for name, length in self.lengths.items()})

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The energy."""
        return {"E": Scalar(self.first_energy, unit=self.unit)}

    def equations(self, log_psi: Field, E: Tensor, **x: Tensor) -> Tensor:
        """Return by how much the local energy is off."""
        kinetic = -0.5 * (log_psi.laplacian() + log_psi.gradient_squared())
        return kinetic + self.potential({name: x[name] for name in self.domain.axes}) - E

    def terms(self) -> tuple[Term, ...]:
        """Return the rows and, where the trial solution does not, one that chooses ψ's factor.

        No equation fixes it. Its logarithm is on average over the points what the Gaussian's of the trap is.
        """
        if self.factor_is_fixed:
            return super().terms()
        mean = -0.5 * self.domain.dimension * SPREAD**2
        return (*super().terms(), Integral("factor", lambda at: at["log_psi"].value, mean, FACTOR))

    @property
    def factor_is_fixed(self) -> bool:
        """Whether the trial solution fixes ψ's factor."""
        return False

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return quasi-random points, normal about the middle, each of the same weight."""
        count = finer * recipe.points
        return Quadrature(self.drawn(count, seed=finer), np.full(count, 1 / count))

    def drawn(self, count: int, seed: int) -> Array:
        """Return quasi-random normal points (count, d)."""
        unit = np.clip(sobol(self.domain.dimension, count, seed), EDGE, 1 - EDGE)
        points: Array = SPREAD * np.array([*self.lengths.values()]) * ndtri(unit)
        return points

    def sampling(self) -> Quadrature:
        """Return points on which log ψ is saved."""
        return Quadrature(self.drawn(SAMPLED, seed=0), np.full(SAMPLED, 1 / SAMPLED))

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return QUICK if quick else RECIPE

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Solve, and look at the energy's expectation value on other points."""
        answer = super().run(settings, monitor)
        if answer.status is Status.NONFINITE:
            return answer
        return replace(answer, certificates={**answer.certificates, "E": self._expected(answer)})

    def _expected(self, answer: Answer) -> dict[str, Any]:
        """Return ⟨E_L⟩ over |ψ|², by weights, and how far E_L spreads, which is zero for a state."""
        x = torch.from_numpy(self.drawn(LOOKED_AT, seed=7))
        jet = answer.jet(x)["log_psi"].map(Tensor.detach)
        axes = dict(zip(self.domain.axes, x.unbind(1), strict=True))
        local = self.equations(Field(jet), torch.zeros(len(x), dtype=x.dtype), **axes)
        density = (x / x.new_tensor([*self.lengths.values()])).square().sum(1) / (2 * SPREAD**2)
        weights = torch.softmax(2 * jet.value + density, 0)
        mean = float(weights @ local)
        spread = float((weights @ (local - mean).square()).sqrt())
        return {"trained": answer.scalars["E"], "rayleigh": mean, "spread": spread}

"""A bent normal density: affine autoregressive layers hold it exactly, splines do not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class Banana(DensityProblem):
    """A normal density bent along a parabola: the density is learned from draws and compared with it."""

    equation: ClassVar[str] = "max_q E_p[log q(x)],  p(x) = N(x1; 0, spread^2) N(x2; curvature x1^2, noise^2)"
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = (
        "G. Papamakarios, T. Pavlakou, I. Murray, Masked autoregressive flow for density estimation, "
        "NeurIPS 30 (2017)"
    )

    curvature: float = parameter(0.25, "of the parabola", low=-10, high=10)
    spread: float = parameter(2.0, "standard deviation of x1", low=0.01, high=100)
    noise: float = parameter(1.0, "standard deviation across the parabola", low=0.01, high=100)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def density(self) -> densities.Banana:
        """The density p."""
        return densities.Banana(self.curvature, self.spread, self.noise)

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """Five standard deviations of x1, and what the parabola reaches there with five of its blur."""
        side, tip = 5 * self.spread, self.curvature * (5 * self.spread) ** 2
        return (-side, side), (min(tip, 0.0) - 5 * self.noise, max(tip, 0.0) + 5 * self.noise)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.03 nat."""
        maf = FlowRecipe(
            kind="autoregressive",
            transform="affine",
            prepare="standardize",
            tolerance=0.03,
            max_steps=2000,
            learning_rate=5e-3,
        )
        return maf if not quick else replace(maf, max_steps=500, learning_rate=1e-2, tolerance=0.05)

"""Neal's funnel: columns whose width spans many orders of magnitude."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class Funnel(DensityProblem):
    """Nine columns whose common log-variance is the tenth: learned from draws, compared with the exact."""

    equation: ClassVar[str] = "max_q E_p[log q(x)],  p(x) = N(v; 0, spread^2) prod_{i=1..9} N(x_i; 0, e^v)"
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = "R. M. Neal, Slice sampling, Annals of Statistics 31 (2003) 705-767"
    features: ClassVar[int] = 10

    spread: float = parameter(3.0, "standard deviation of v", low=0.1, high=5)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def density(self) -> densities.Funnel:
        """The density p."""
        return densities.Funnel(self.features, self.spread)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.2 nat: rare draws far up the funnel decide it."""
        maf = FlowRecipe(
            kind="autoregressive",
            transform="affine",
            base="student-t",
            prepare="standardize",
            layers=6,
            hidden=(64, 64),
            tolerance=0.2,
            max_steps=2000,
            learning_rate=5e-3,
        )
        return replace(maf, max_steps=500, layers=4, learning_rate=1e-2, tolerance=0.5) if quick else maf

"""The hybrid Rosenbrock density in ten dimensions: narrow valleys bent three times over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class Rosenbrock10d(DensityProblem):
    """Three chains of three squares from one root: learned from draws, compared with the exact density."""

    equation: ClassVar[str] = (
        "max_q E_p[log q(x)],  p(x) = N(x1; 1, spread^2) prod_{blocks, j} N(x_j; x_{j-1}^2, noise^2)"
    )
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = (
        "F. Pagani, M. Wiegand, S. Nadarajah, An n-dimensional Rosenbrock distribution for Markov chain "
        "Monte Carlo testing, Scandinavian Journal of Statistics 49 (2022) 657-680"
    )
    features: ClassVar[int] = 10

    spread: float = parameter(0.3, "standard deviation of the root", low=0.01, high=0.5)
    noise: float = parameter(0.2, "standard deviation across the valleys", low=0.05, high=0.5)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def name(self) -> str:
        """The name on the command line."""
        return "rosenbrock-10d"

    @property
    def density(self) -> densities.Rosenbrock:
        """The density p."""
        return densities.Rosenbrock(3, 3, self.spread, self.noise)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.35 nat."""
        maf = FlowRecipe(
            kind="autoregressive",
            transform="affine",
            base="student-t",
            prepare="standardize",
            layers=6,
            hidden=(64, 64),
            tolerance=0.35,
            max_steps=3000,
            learning_rate=3e-3,
        )
        return replace(maf, max_steps=600, layers=4, learning_rate=1e-2, tolerance=1.0) if quick else maf

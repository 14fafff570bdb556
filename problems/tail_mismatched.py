"""Margins of unlike tails tied by a copula: a density that no base of a flow contains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class TailMismatched(DensityProblem):
    """Two Laplace and two Student-t columns tied by a normal copula: learned from draws and compared."""

    equation: ClassVar[str] = (
        "max_q E_p[log q(x)],  p(x) = c(F(x)) prod_i f_i(x_i), f Laplace, t, Laplace, t, c the normal copula"
    )
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = "R. B. Nelsen, An introduction to copulas, Springer (2006)"
    features: ClassVar[int] = 4

    degrees: float = parameter(3.0, "degrees of freedom of the Student-t columns", low=1, high=1000)
    correlation: float = parameter(0.6, "of neighbouring columns in the copula", low=-0.95, high=0.95)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def density(self) -> densities.MixedTails:
        """The density p."""
        return densities.MixedTails(self.features, self.degrees, self.correlation)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.1 nat."""
        tails = FlowRecipe(base="student-t", prepare="whiten", tolerance=0.1, learning_rate=5e-3)
        return replace(tails, max_steps=400, learning_rate=1e-2, tolerance=0.2) if quick else tails

"""A Student-t density in ten dimensions: a base with tails as heavy holds it, a normal base does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class StudentT10d(DensityProblem):
    """Ten correlated columns with heavy tails: learned from draws and compared with the exact density."""

    equation: ClassVar[str] = (
        "max_q E_p[log q(x)],  p(x) = t(x; degrees, 0, S) in 10 dimensions,  S_ij = correlation^|i-j|"
    )
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = (
        "S. Kotz, S. Nadarajah, Multivariate t distributions and their applications, Cambridge University "
        "Press (2004)"
    )
    features: ClassVar[int] = 10

    degrees: float = parameter(3.0, "degrees of freedom", low=0.5, high=1000)
    correlation: float = parameter(0.5, "of the shape of neighbouring columns", low=-0.95, high=0.95)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def name(self) -> str:
        """The name on the command line."""
        return "student-t-10d"

    @property
    def density(self) -> densities.CorrelatedStudentT:
        """The density p."""
        return densities.CorrelatedStudentT(self.features, self.degrees, self.correlation)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.15 nat."""
        tails = FlowRecipe(
            kind="autoregressive",
            transform="affine",
            base="student-t",
            prepare="whiten",
            layers=2,
            hidden=(16, 16),
            tolerance=0.15,
            max_steps=1500,
            learning_rate=2e-3,
        )
        return replace(tails, max_steps=300, tolerance=0.3) if quick else tails

"""Poisson's equation learned as an operator: from the source to the solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.linear import Poisson
from sciml.operators.data.random_field import GaussianField
from sciml.operators.linear_problem import LinearOperatorProblem
from sciml.operators.spec import LISTED, RIDGE, FrameSpec


@dataclass(frozen=True)
class PoissonOperator(LinearOperatorProblem):
    """The solution operator of -u'' = f, u(0) = u(1) = 0; linear, so ridge regression finds it exactly.

    Sources are sine series; models work on their odd continuation, of period 2.
    """

    equation: ClassVar[str] = Poisson.equation

    input_modes: int = parameter(16, "highest Fourier mode of the inputs", low=1, high=500)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(65, "points of the training grid", low=34, high=4096)
    model: str = parameter(RIDGE, LISTED)

    @property
    def operator(self) -> Poisson:
        """The exact operator."""
        return Poisson()

    @property
    def law(self) -> GaussianField:
        """The law of the inputs, of sine modes up to `input_modes`."""
        return GaussianField(modes=self.input_modes, boundary="zero")

    @property
    def frame(self) -> FrameSpec:
        """The odd continuation."""
        return FrameSpec("odd")

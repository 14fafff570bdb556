"""The antiderivative that vanishes at 0, learned as an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.linear import Antiderivative
from sciml.operators.frames.augment import Symmetries
from sciml.operators.linear_problem import LinearOperatorProblem
from sciml.operators.spec import LISTED, RIDGE, FrameSpec


@dataclass(frozen=True)
class AntiderivativeOperator(LinearOperatorProblem):
    """The antiderivative F(x) of f with F(0) = 0, which is linear: ridge regression finds it exactly.

    F = m x + V(x) − V(0), m the mean of f and V the antiderivative of mean zero of f − m: models learn
    V, which commutes with shifts.
    """

    equation: ClassVar[str] = Antiderivative.equation
    symmetries: ClassVar[Symmetries] = Symmetries(reflect=False)
    input_modes: int = parameter(16, "highest Fourier mode of the inputs", low=1, high=500)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter(RIDGE, LISTED)

    @property
    def operator(self) -> Antiderivative:
        """The exact operator."""
        return Antiderivative()

    @property
    def frame(self) -> FrameSpec:
        """The mean m of f gives m x, which is added at the end, and F(0) is made zero."""
        return FrameSpec("mean-free", (0.0, 1.0, 1.0))

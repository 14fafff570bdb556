"""Advection learned as an operator: functions carried along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.linear import Advection
from sciml.operators.frames.augment import Symmetries
from sciml.operators.linear_problem import LinearOperatorProblem
from sciml.operators.spec import LISTED, RIDGE


@dataclass(frozen=True)
class AdvectionOperator(LinearOperatorProblem):
    """The solution operator of advection, which shifts: ridge regression finds it exactly."""

    equation: ClassVar[str] = Advection.equation
    symmetries: ClassVar[Symmetries] = Symmetries(reflect=False)
    speed: float = parameter(1.0, "speed a", low=-100.0, high=100.0)
    time: float = parameter(0.25, "time T", low=0.0, high=10.0)
    input_modes: int = parameter(16, "highest Fourier mode of the inputs", low=1, high=500)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter(RIDGE, LISTED)

    @property
    def operator(self) -> Advection:
        """The exact operator."""
        return Advection(speed=self.speed, time=self.time)

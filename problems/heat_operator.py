"""The heat equation learned as an operator: from the temperature at time 0 to that at time T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.linear import Heat
from sciml.operators.linear_problem import LinearOperatorProblem
from sciml.operators.spec import LISTED, RIDGE


@dataclass(frozen=True)
class HeatOperator(LinearOperatorProblem):
    """The solution operator of the heat equation, which is linear: ridge regression finds it exactly."""

    equation: ClassVar[str] = Heat.equation

    nu: float = parameter(0.01, "diffusivity", low=0.0, high=10.0)
    time: float = parameter(1.0, "time T", low=0.0, high=10.0)
    input_modes: int = parameter(16, "highest Fourier mode of the inputs", low=1, high=500)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter(RIDGE, LISTED)

    @property
    def operator(self) -> Heat:
        """The exact operator."""
        return Heat(nu=self.nu, time=self.time)

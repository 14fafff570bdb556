"""Advection learned as an operator: functions carried along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.operators.augment import Symmetries
from sciml.operators.data import Advection, GaussianField
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import OperatorRecipe
from sciml.operators.spec import FrameSpec
from sciml.parameters import parameter


@dataclass(frozen=True)
class AdvectionOperator(OperatorProblem):
    """The solution operator of advection, which shifts: ridge regression finds it exactly."""

    equation: ClassVar[str] = Advection.equation
    citation: ClassVar[str] = "closed form; inputs as in Z. Li et al., Fourier neural operator, ICLR 2021"
    symmetries: ClassVar[Symmetries] = Symmetries(reflect=False)
    speed: float = parameter(1.0, "speed a", low=-100.0, high=100.0)
    time: float = parameter(0.25, "time T", low=0.0, high=10.0)
    input_modes: int = parameter(16, "highest Fourier mode of the inputs", low=1, high=500)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter("galerkin", "galerkin, fno, deeponet or ridge")

    @property
    def operator(self) -> Advection:
        """The exact operator."""
        return Advection(speed=self.speed, time=self.time)

    @property
    def law(self) -> GaussianField:
        """The law of the inputs, of Fourier modes up to `input_modes`."""
        return GaussianField(modes=self.input_modes)

    @property
    def frame(self) -> FrameSpec:
        """The mean stays as it is and is left out."""
        return FrameSpec("mean-free")

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes: modes enough for all of the inputs'."""
        modes = self.input_modes + 1
        if quick:
            return OperatorRecipe(300, 1e-2, modes=modes, input_modes=self.input_modes, tests=24)
        return OperatorRecipe(1500, 1e-3, modes=modes, input_modes=self.input_modes)

"""Kirchhoff's heat equation learned as an operator: the conduction hangs on the whole of the function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.nonlinear import KirchhoffHeat
from sciml.operators.data.random_field import GaussianField
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import OperatorRecipe
from sciml.operators.spec import LISTED, FrameSpec


@dataclass(frozen=True)
class KirchhoffHeatOperator(OperatorProblem):
    """The solution operator of a heat equation whose conduction grows with the mean squared slope."""

    equation: ClassVar[str] = KirchhoffHeat.equation
    citation: ClassVar[str] = "mode by mode; inputs as in Z. Li et al., Fourier neural operator, ICLR 2021"
    linear: ClassVar[bool] = False
    kernel: ClassVar[bool] = False

    nu: float = parameter(0.005, "diffusivity without slopes", low=1e-5, high=1.0)
    kappa: float = parameter(0.1, "how much the mean squared slope adds", low=0.0, high=10.0)
    time: float = parameter(1.0, "time T", low=0.1, high=10.0)
    input_modes: int = parameter(12, "highest Fourier mode of the inputs", low=1, high=24)
    samples: int = parameter(1024, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter("spectral", LISTED)

    @property
    def operator(self) -> KirchhoffHeat:
        """The exact operator."""
        return KirchhoffHeat(nu=self.nu, kappa=self.kappa, time=self.time)

    @property
    def law(self) -> GaussianField:
        """The law of the inputs."""
        return GaussianField(modes=self.input_modes)

    @property
    def frame(self) -> FrameSpec:
        """The mean stays as it is and is left out."""
        return FrameSpec("mean-free")

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes: a mode more than the inputs have."""
        modes = self.input_modes + 1
        if quick:
            return OperatorRecipe(150, 0.1, width=32, modes=modes, input_modes=self.input_modes, tests=24)
        return OperatorRecipe(1000, 2e-2, modes=modes, input_modes=self.input_modes)

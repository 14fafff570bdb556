"""Burgers' equation learned as an operator: from the velocity at time 0 to that at time T."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.operators.data.burgers import Burgers
from sciml.operators.data.random_field import GaussianField
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import OperatorRecipe
from sciml.operators.spec import AUTO, LISTED, RIDGE, FrameSpec

SMOOTH = (
    0.05  # of ν T, from which outputs have few modes, and kernel ridge regression errs less than networks
)


@dataclass(frozen=True)
class BurgersOperator(OperatorProblem):
    """The solution operator of Burgers' equation, learned from pairs and compared with Cole and Hopf's.

    Models work where the mean of the velocity rests. At nu = 0.1 kernel ridge regression with the equation's
    symmetries beats every network, and is the default; at nu = 0.01 networks win, with attention or without.
    """

    equation: ClassVar[str] = Burgers.equation
    citation: ClassVar[str] = (
        "E. Hopf, Comm. Pure Appl. Math. 3, 201 (1950); J. D. Cole, Quart. Appl. Math. 9, 225 (1951); "
        "inputs as in Z. Li et al., Fourier neural operator, ICLR 2021"
    )
    linear: ClassVar[bool] = False

    nu: float = parameter(0.1, "viscosity", low=1e-3, high=1.0)
    time: float = parameter(1.0, "time T", low=0.1, high=10.0)
    samples: int = parameter(1024, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter(AUTO, f"{LISTED}; {AUTO}: {RIDGE} where nu time ≥ {SMOOTH}, else spectral")

    @property
    def smooth(self) -> bool:
        """Whether the viscosity leaves few modes of the output."""
        return self.nu * self.time >= SMOOTH

    @property
    def winner(self) -> str:
        """Kernel ridge regression where outputs are smooth: it errs a tenth of what networks do."""
        return RIDGE if self.smooth else super().winner

    @property
    def operator(self) -> Burgers:
        """The exact operator."""
        return Burgers(nu=self.nu, time=self.time)

    @property
    def law(self) -> GaussianField:
        """The law of the initial velocity, N(0, 625 (−Δ + 25)^−2)."""
        return GaussianField()

    @property
    def frame(self) -> FrameSpec:
        """Where the mean velocity rests."""
        return FrameSpec("galilean", (self.time,))

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes; small viscosities need more modes and are learned less well."""
        modes, outputs, tolerance = (16, 12, 6e-4) if self.smooth else (24, 23, 2e-3)
        if quick:
            return OperatorRecipe(300, 5 * tolerance, modes=modes, output_modes=outputs, tests=24)
        return OperatorRecipe(1500, tolerance, modes=modes, output_modes=outputs)

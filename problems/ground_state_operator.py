"""The ground state of a potential learned as an operator: from V to the wavefunction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.operators.data.nonlinear import GroundState
from sciml.operators.data.random_field import GaussianField
from sciml.operators.frames.augment import Symmetries
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import OperatorRecipe
from sciml.operators.spec import LISTED

ROUGH, POWER, MODES = 4 * np.pi, 1.5, 10  # of the potential's law


@dataclass(frozen=True)
class GroundStateOperator(OperatorProblem):
    """From a random periodic potential to its ground state, which plane waves solve in a millisecond."""

    equation: ClassVar[str] = GroundState.equation
    citation: ClassVar[str] = "plane waves; the potential's law is ours"
    linear: ClassVar[bool] = False
    kernel: ClassVar[bool] = False
    symmetries: ClassVar[Symmetries] = Symmetries(shift=True, reflect=False)

    depth: float = parameter(150.0, "root mean square of V", low=1.0, high=300.0)
    samples: int = parameter(1024, "pairs to learn from, a sixteenth of them held out", low=64, high=10**6)
    n: int = parameter(64, "points of the training grid", low=49, high=4096)
    model: str = parameter("spectral", LISTED)

    @property
    def operator(self) -> GroundState:
        """The exact operator."""
        return GroundState()

    @property
    def law(self) -> GaussianField:
        """The law of the potential, of mean zero."""
        one = GaussianField(sigma=1.0, tau=ROUGH, gamma=POWER, modes=MODES, constant=False)
        size = float(np.sqrt(np.square(one.amplitudes).sum()))
        return GaussianField(sigma=self.depth / size, tau=ROUGH, gamma=POWER, modes=MODES, constant=False)

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes: modes of the wavefunction that count."""
        if quick:
            return OperatorRecipe(200, 0.5, width=32, modes=20, input_modes=MODES, tests=24, gamma=0.0)
        return OperatorRecipe(1500, 5e-2, modes=24, input_modes=MODES, gamma=0.0)

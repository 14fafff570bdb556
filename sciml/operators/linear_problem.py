"""Problems of operator learning whose operator is linear."""

from __future__ import annotations

from typing import ClassVar

from sciml.operators.data import GaussianField
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import OperatorRecipe
from sciml.operators.spec import FrameSpec


class LinearOperatorProblem(OperatorProblem):
    """Learn a linear map between functions, which ridge regression finds exactly.

    A subclass gives `operator`, and the parameters `input_modes`, `samples`, `n` and `model`.
    """

    citation: ClassVar[str] = "closed form; inputs as in Z. Li et al., Fourier neural operator, ICLR 2021"

    input_modes: int

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

"""The dark squares of a board: a density that jumps to zero along every edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class Checkerboard(DensityProblem):
    """Uniform on every second square of a board: learned from draws and compared with the exact density."""

    equation: ClassVar[str] = "max_q E_p[log q(x)],  p(x) = 1/32 on every second square of [-4, 4]^2, else 0"
    method: ClassVar[str] = "log p in closed form"
    citation: ClassVar[str] = (
        "W. Grathwohl, R. T. Q. Chen, J. Bettencourt, I. Sutskever, D. Duvenaud, FFJORD: free-form "
        "continuous dynamics for scalable reversible generative models, ICLR (2019)"
    )

    squares: int = parameter(4, "squares along a side, an even number", low=2, high=16)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    def __post_init__(self) -> None:
        super().__post_init__()
        densities.Checkerboard(self.squares)

    @property
    def density(self) -> densities.Checkerboard:
        """The density p."""
        return densities.Checkerboard(self.squares)

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """The board."""
        return (-4.0, 4.0), (-4.0, 4.0)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.08 nat: a smooth density cannot jump."""
        if quick:
            return FlowRecipe(max_steps=500, learning_rate=2e-2, tolerance=0.2)
        return FlowRecipe(layers=6, bins=12, batch=512, max_steps=2000, tolerance=0.08)

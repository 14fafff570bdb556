"""A blurred circle: a density with a hole, which a flow can only thin out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem
from sciml.flows.recipe import FlowRecipe


@dataclass(frozen=True)
class Ring(DensityProblem):
    """A blurred circle of radius 2: the density is learned from draws and compared with the exact one."""

    equation: ClassVar[str] = (
        "max_q E_p[log q(x)],  p(x) = exp(-(|x|^2 + 4)/(2 noise^2)) I0(2|x|/noise^2) / (2 pi noise^2)"
    )
    method: ClassVar[str] = "log p in closed form, by a modified Bessel function"
    citation: ClassVar[str] = (
        "The Rician density of the radius: S. O. Rice, Mathematical analysis of random noise, "
        "Bell System Technical Journal 24 (1945) 46-156"
    )

    noise: float = parameter(0.2, "standard deviation of the blur", low=0.02, high=10)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def density(self) -> densities.Ring:
        """The density p."""
        return densities.Ring(self.noise)

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """The circle with five standard deviations of the blur around it."""
        side = self.density.radius + 5 * self.noise
        return (-side, side), (-side, side)

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.03 nat."""
        splines = FlowRecipe(tolerance=0.03)
        return replace(splines, max_steps=500, learning_rate=2e-2, tolerance=0.05) if quick else splines

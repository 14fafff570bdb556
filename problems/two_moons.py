"""Two interleaved half circles, blurred by Gaussian noise: a density with a gap that a flow must open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from sciml.contracts.parameters import parameter
from sciml.flows import densities
from sciml.flows.problem import DensityProblem


@dataclass(frozen=True)
class TwoMoons(DensityProblem):
    """Two noisy half circles: the density is learned from draws and compared with the exact one.

    The moons have radius s and the blur is s · noise, with s = 1.5 at the default noise and in general such
    that the first coordinate keeps its standard deviation of 1.3, well inside the reach of the splines.
    """

    equation: ClassVar[str] = (
        "max_q E_p[log q(x)],  p(x) = 1/2 sum_moons (1/pi) int_0^pi N(x; moon(t), (s noise)^2 I) dt"
    )
    method: ClassVar[str] = "log p by composite Gauss-Legendre quadrature over the half circles"
    citation: ClassVar[str] = (
        "The shape of make_moons in F. Pedregosa et al., Scikit-learn: machine learning in Python, "
        "JMLR 12 (2011) 2825-2830; its density by quadrature"
    )

    noise: float = parameter(0.1, "standard deviation of the blur, in radii of the moons", low=0.01, high=10)
    samples: int = parameter(20000, "training rows, a tenth of them held out", low=100, high=10**7)

    @property
    def scale(self) -> float:
        """The radius of the moons, s."""
        return 1.5 * math.sqrt((0.75 + 0.1**2) / (0.75 + self.noise**2))

    @property
    def density(self) -> densities.TwoMoons:
        """The density p."""
        return densities.TwoMoons(self.noise, self.scale)

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """The moons' box with five standard deviations of the blur around it."""
        reach = [self.scale * (half + 5 * self.noise) for half in (1.5, 0.75)]
        return tuple((-side, side) for side in reach)

"""Monotone rational-quadratic splines."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from sciml.errors import ArgumentError
from sciml.flows import _validate
from sciml.flows._spline import Bins, evaluate, invert, spline_bins
from sciml.flows.elementwise import AbstractElementwise, soft_clip

SplineMap: TypeAlias = Callable[[Tensor, Bins], tuple[Tensor, Tensor]]

FLOOR = 1e-2  # the smallest share of the interval that a bin may have, wide or high


@dataclass(frozen=True)
class RationalQuadratic(AbstractElementwise):
    """A monotone rational-quadratic spline on [-bound, bound], the identity outside.

    Within a bin, with ξ and v the relative position in width and height, and a and b the slopes at its ends
    divided by height / width: v = (ξ² + a ξ(1-ξ)) / (1 + (a + b - 2) ξ(1-ξ)).
    Shares of the interval are floor + (1 - bins floor) softmax(p) and inner slopes exp(2p/3), where every p
    is soft-clipped to (-3, 3), so that the map can be inverted in float32 whatever its parameters.

    Reference: Durkan, Bekasov, Murray and Papamakarios, Neural Spline Flows, 2019.

    Attributes:
        bins: number of bins, at least 2: one bin alone is the identity.
        bound: half the length of the interval, in the units of the data.
    """

    bins: int = 8
    bound: float = 5.0

    def __post_init__(self) -> None:
        _validate.integer("bins", self.bins, 2)
        if self.bins * FLOOR >= 1:
            raise ArgumentError(f"bins must be below {round(1 / FLOOR)}, not {self.bins}")
        if not 0 < self.bound < math.inf:
            raise ArgumentError(f"bound must be positive and finite, not {self.bound}")

    @property
    def parameters(self) -> int:
        """One for each width and height, one for each inner slope."""
        return 3 * self.bins - 1

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the spline at x and the logarithm of its slope."""
        return self._inside(evaluate, x, parameters)

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inverse of the spline at y and the logarithm of its slope."""
        return self._inside(invert, y, parameters)

    def spline(self, parameters: Tensor) -> Bins:
        """Return the spline that the unconstrained `parameters` describe."""
        widths, heights, slopes = soft_clip(parameters).split([self.bins, self.bins, self.bins - 1])
        ends = torch.ones_like(parameters[:1])
        slopes = torch.cat([ends, (slopes * 2 / 3).exp(), ends])
        return spline_bins(self._shares(widths), self._shares(heights), slopes, self.bound)

    def _shares(self, p: Tensor) -> Tensor:
        return 2 * self.bound * (FLOOR + (1 - self.bins * FLOOR) * p.softmax(0))

    def _inside(self, function: SplineMap, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        # Clamped first: a point outside must not send infinities, and so NaN gradients, through the spline.
        inside = x.abs() <= self.bound
        y, log_slope = function(x.clamp(-self.bound, self.bound), self.spline(parameters))
        return torch.where(inside, y, x), torch.where(inside, log_slope, torch.zeros_like(x))

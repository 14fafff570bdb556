"""Monotone rational-quadratic splines."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from sciml.arguments import check_count, check_number
from sciml.flows import validate
from sciml.flows.transforms.elementwise import AbstractElementwise
from sciml.flows.transforms.parametrizations import AbstractParametrization, SoftClipped
from sciml.flows.transforms.spline import Bin, evaluate, invert

SplineMap: TypeAlias = Callable[[Tensor, Bin], tuple[Tensor, Tensor]]

WIDTHS, HEIGHTS = 0, 1  # by which of the two a point is given
BLOCK = 24_000  # points at a time without gradients: what is computed for them fits the cache of a core


@dataclass(frozen=True)
class RationalQuadratic(AbstractElementwise):
    """A monotone rational-quadratic spline on [-bound, bound], the identity outside.

    Within a bin, with ξ and v the relative position in width and height, and a and b the slopes at its ends
    divided by height / width: v = (ξ² + a ξ(1-ξ)) / (1 + (a + b - 2) ξ(1-ξ)). The slope at both ends of the
    interval is 1.

    Reference: Durkan, Bekasov, Murray and Papamakarios, Neural Spline Flows, 2019.

    Attributes:
        bins: number of bins, at least 2: one bin alone is the identity.
        bound: half the length of the interval, in the units of the data.
        parametrization: how unconstrained numbers describe the bins and the inner slopes; by default
            `SoftClipped()`, which can be inverted in float32 whatever the numbers.
    """

    bins: int = 8
    bound: float = 5.0
    parametrization: AbstractParametrization = SoftClipped()

    def __post_init__(self) -> None:
        check_count("bins", self.bins, 2)
        validate.instance("parametrization", self.parametrization, AbstractParametrization)
        self.parametrization.check(self.bins)
        check_number("bound", self.bound, above=0)

    @property
    def parameters(self) -> int:
        """One for each width and height, one for each inner slope."""
        return 3 * self.bins - 1

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the spline at x and the logarithm of its slope."""
        return self._by_blocks(evaluate, WIDTHS, x, parameters)

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inverse of the spline at y and the logarithm of its slope."""
        return self._by_blocks(invert, HEIGHTS, y, parameters)

    def _by_blocks(
        self, function: SplineMap, side: int, x: Tensor, parameters: Tensor
    ) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled() or x.numel() <= BLOCK:
            return self._inside(function, side, x, parameters)
        size = math.ceil(x.shape[-1] / math.ceil(x.numel() / BLOCK))
        blocks = zip(x.split(size, -1), parameters.split(size, -1), strict=True)
        y, log_slope = zip(*(self._inside(function, side, *block) for block in blocks), strict=True)
        return torch.cat(y, -1), torch.cat(log_slope, -1)

    def _inside(self, function: SplineMap, side: int, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        # Clamped first: a point outside must not send infinities, and so NaN gradients, through the spline.
        at = x.clamp(-self.bound, self.bound)
        inside = at == x
        y, log_slope = function(at, self._bin(at, side, parameters))
        return torch.where(inside, y, x), torch.where(inside, log_slope, 0.0)

    def _bin(self, x: Tensor, side: int, parameters: Tensor) -> Bin:
        """Return the bin of each x, a place along the widths or along the heights."""
        sizes, slopes = parameters.split([2 * self.bins, self.bins - 1])
        weights = self.parametrization.weights(sizes.unflatten(0, (2, self.bins)))
        floor = 2 * self.bound * self.parametrization.floor
        whole = weights.sum(1) / (2 * self.bound - self.bins * floor)  # the weight of a length of 1
        with torch.no_grad():
            below = self._below(x + self.bound, weights[side], whole[side], floor)
            number = below.sum(0)
            index, offset = number.long(), number * floor - self.bound
        own = weights.gather(1, index.expand(2, 1, *index.shape)).squeeze(1)
        left, bottom = ((weights * below).sum(1) / whole + offset).unbind()
        width, height = (own / whole + floor).unbind()
        return Bin(left, width, bottom, height, self._ends(slopes, index))

    @staticmethod
    def _below(x: Tensor, weights: Tensor, whole: Tensor, floor: float) -> Tensor:
        """Return ones for the bins that end below x, else zeros; the last bin has no end."""
        ends = torch.add(weights, whole, alpha=floor).cumsum(0)
        below = (ends <= x * whole).to(x.dtype)
        below[-1] = 0
        return below

    def _ends(self, slopes: Tensor, index: Tensor) -> Tensor:
        """Return the slopes at the left and the right end of the bin of this `index`."""
        knots = torch.stack([index - 1, index])
        inner = knots.clamp(0, self.bins - 2)
        at = self.parametrization.slopes(slopes.gather(0, inner))
        return torch.where(knots == inner, at, 1.0)

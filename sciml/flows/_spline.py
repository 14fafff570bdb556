"""Rational-quadratic splines from their bins: values, inverses and slopes.

Reference: Durkan, Bekasov, Murray and Papamakarios, Neural Spline Flows, 2019.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Bins(NamedTuple):
    """Bins of a spline, or the one bin that each point lies in.

    Attributes:
        left: where the bins begin.
        width: their widths, positive.
        bottom: the value of the spline at `left`.
        height: how far it rises, positive.
        start: its slope at the left end, positive.
        end: its slope at the right end, positive.
    """

    left: Tensor
    width: Tensor
    bottom: Tensor
    height: Tensor
    start: Tensor
    end: Tensor

    def at(self, index: Tensor) -> Bins:
        """Return the bins of this `index`, one a point, from bins along the first axis."""
        return Bins(*(values.gather(0, index[None])[0] for values in self))


def spline_bins(widths: Tensor, heights: Tensor, slopes: Tensor, bound: float) -> Bins:
    """Return the bins of a spline that starts at (-bound, -bound).

    Args:
        widths: of the bins, (bins, …), positive, of sum 2 bound.
        heights: likewise.
        slopes: at the knots, (bins + 1, …), positive.
        bound: half the length of the interval.
    """
    return Bins(_starts(widths, bound), widths, _starts(heights, bound), heights, slopes[:-1], slopes[1:])


def evaluate(x: Tensor, bins: Bins) -> tuple[Tensor, Tensor]:
    """Return the spline at x, a point of its interval, and the logarithm of its slope."""
    at = bins.at(_locate(x, bins.left))
    xi = (x - at.left) / at.width
    steepness, a, b = _slopes(at)
    mixed = xi * (1 - xi)
    v = (xi * xi + a * mixed) / (1 + (a + b - 2) * mixed)
    return at.bottom + at.height * v, _log_slope(xi, steepness, a, b)


def invert(y: Tensor, bins: Bins) -> tuple[Tensor, Tensor]:
    """Return the inverse of the spline at y and the logarithm of the slope of that inverse.

    With q = a - (a + b - 2) v, ξ is a root of (1 - q) ξ² + q ξ - v = 0, whose discriminant
    (q - 2v)² + 4v(1 - v) is a sum of terms that rounding cannot make negative.
    """
    at = bins.at(_locate(y, bins.bottom))
    v = ((y - at.bottom) / at.height).clamp(0, 1)
    steepness, a, b = _slopes(at)
    q = a - (a + b - 2) * v
    xi = 2 * v / (q + ((q - 2 * v).square() + 4 * v * (1 - v)).sqrt())
    return at.left + at.width * xi, -_log_slope(xi, steepness, a, b)


def _starts(sizes: Tensor, bound: float) -> Tensor:
    return torch.cat([torch.full_like(sizes[:1], -bound), sizes.cumsum(0)[:-1] - bound])


def _locate(x: Tensor, starts: Tensor) -> Tensor:
    return (x >= starts[1:]).sum(0)


def _slopes(at: Bins) -> tuple[Tensor, Tensor, Tensor]:
    """Return height / width, and the slopes at both ends divided by it."""
    steepness = at.height / at.width
    return steepness, at.start / steepness, at.end / steepness


def _log_slope(xi: Tensor, steepness: Tensor, a: Tensor, b: Tensor) -> Tensor:
    # steepness (b ξ² + 2ξ(1-ξ) + a(1-ξ)²) / (1 + (a + b - 2) ξ(1-ξ))²
    mixed = xi * (1 - xi)
    numerator = b * xi * xi + 2 * mixed + a * (1 - xi).square()
    return (steepness * numerator).log() - 2 * (1 + (a + b - 2) * mixed).log()

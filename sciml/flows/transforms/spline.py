"""One bin of a rational-quadratic spline: value, inverse and slope.

With ξ the relative position in the bin, ρ = 1 - ξ, and a and b the slopes at the ends of the bin divided by
height / width, let u = ξ + a ρ and w = ρ + b ξ. The spline rises by the share v = ξ u / (ξ u + ρ w) of the
height, and its slope is (height / width) (ξ w + ρ u) / (ξ u + ρ w)²: sums of positive terms alone.

Reference: Durkan, Bekasov, Murray and Papamakarios, Neural Spline Flows, 2019.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Bin(NamedTuple):
    """The bin that each point lies in.

    Attributes:
        left: where it begins.
        width: its width, positive.
        bottom: the value of the spline at `left`.
        height: how far it rises, positive.
        ends: its slopes at the left and the right end, (2, …), positive.
    """

    left: Tensor
    width: Tensor
    bottom: Tensor
    height: Tensor
    ends: Tensor


def evaluate(x: Tensor, at: Bin) -> tuple[Tensor, Tensor]:
    """Return the spline at x, a point of its bin, and the logarithm of its slope."""
    steepness, a, b = _slopes(at)
    xi = (x - at.left) / at.width
    rest = 1 - xi
    u, w = xi + a * rest, rest + b * xi
    above = xi * u
    whole = above + rest * w
    slope = steepness * (xi * w + rest * u) / (whole * whole)
    return at.bottom + at.height * (above / whole), slope.log()


def invert(y: Tensor, at: Bin) -> tuple[Tensor, Tensor]:
    """Return the inverse of the spline at y and the logarithm of the slope of that inverse.

    With m = 1 - v and h = m a - v b, the ratio ρ / ξ is the positive root of v r² - h r - m = 0, whose
    discriminant h² + 4 v m = s² is a sum of squares. With f = (s + |h|) / 2, so that nothing cancels, ξ is
    v / (v + f) where h >= 0, else f / (f + m). Its slope in v is (1 + (a + b - 2) ξ ρ) / s.
    """
    steepness, a, b = _slopes(at)
    v = ((y - at.bottom) / at.height).clamp(0, 1)
    m = 1 - v
    h = m * a - v * b
    s = torch.add(h * h, v * m, alpha=4).sqrt()
    f = (s + h.abs()) / 2
    early = h >= 0
    xi = torch.where(early, v, f) / (f + torch.where(early, v, m))
    slope = (1 + (a + b - 2) * (xi - xi * xi)) / (s * steepness)
    return at.left + at.width * xi, slope.log()


def _slopes(at: Bin) -> tuple[Tensor, Tensor, Tensor]:
    """Return height / width, and the slopes at both ends divided by it."""
    steepness = at.height / at.width
    a, b = (at.ends / steepness).unbind()
    return steepness, a, b

"""What a thin layer in a long box needs: panels that narrow towards it, and an input that magnifies it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet, Order2, stack
from sciml.numerics.domains import Interval
from sciml.numerics.networks import InterfaceInputs

REACH = 12.0  # R, about the length of the boxes
STEEPNESS = 2.0  # k, so that s resolves layers of the width ½


@dataclass(frozen=True)
class LayerInputs(InterfaceInputs):
    r"""Network inputs (t, s) around a layer at ξ₀; the interval's interfaces only cut its quadrature.

    $$t = (\xi - \xi_0)/R, \qquad s = \operatorname{asinh}(k(\xi - \xi_0)) / \operatorname{asinh}(kR)$$

    R and k are the same for every box, so that a trained network keeps its meaning along a continuation.

    Args:
        interval: The box.
        layer: ξ₀.
    """

    layer: float = 0.0

    @property
    def count(self) -> int:
        """Number of inputs."""
        return 2

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs (n, 2) at points (n,)."""
        offset = x - self.layer
        magnified = (offset * STEEPNESS).apply(_asinh) * (1 / math.asinh(STEEPNESS * REACH))
        return stack([offset * (1 / REACH), magnified])


def graded(left: float, right: float, layer: float, thickness: float, panels: int = 6) -> Interval:
    """Return [left, right] cut evenly in asinh((ξ − layer)/thickness): narrow panels at the layer.

    >>> [round(edge, 2) for edge in graded(-10.0, 10.0, 0.0, 0.1, panels=4).interfaces]
    [-0.7, 0.0, 0.7]
    """
    first, last = (math.asinh((end - layer) / thickness) for end in (left, right))
    edges = (first + (last - first) * k / panels for k in range(1, panels))
    return Interval(left, right, tuple(layer + thickness * math.sinh(edge) for edge in edges))


def _asinh(u: Tensor) -> Order2:
    slope = (1 + u * u).rsqrt()
    return torch.asinh(u), slope, -u * slope**3

"""Jets: a function's value with its first two derivatives, propagated forward.

A `Jet` carries (u, u', u'') along one coordinate and obeys Leibniz' rule and the chain rule of second
order (Faà di Bruno), so a second-order residual costs one forward pass and one reverse pass, with no
nested autograd graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Order2 = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Jet:
    """(u, u', u'') as three tensors of one shape.

    >>> x = variable(torch.tensor([2.0]))
    >>> (x * x * x).second
    tensor([12.])
    """

    value: Tensor
    first: Tensor
    second: Tensor

    def __add__(self, other: Jet | Tensor | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.first + other.first, self.second + other.second)
        return Jet(self.value + other, self.first, self.second)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second)

    def __sub__(self, other: Jet | Tensor | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Tensor | float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | Tensor | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.first * other, self.second * other)
        return Jet(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value + 2 * self.first * other.first + self.value * other.second,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Jet | Tensor | float) -> Jet:
        return self * reciprocal(other) if isinstance(other, Jet) else self * (1 / other)

    def __rtruediv__(self, other: Tensor | float) -> Jet:
        return reciprocal(self) * other

    def __getitem__(self, index: object) -> Jet:
        return self.map(lambda part: part[index])  # type: ignore[index]

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Value, first and second derivative."""
        return self.value, self.first, self.second

    def map(self, function: Callable[[Tensor], Tensor]) -> Jet:
        """Apply a linear function to each part."""
        return Jet(function(self.value), function(self.first), function(self.second))

    def apply(self, function: Callable[[Tensor], Order2]) -> Jet:
        """Compose with a scalar function given as u ↦ (f(u), f'(u), f''(u)).

        (f∘u)' = f'(u) u',  (f∘u)'' = f'(u) u'' + f''(u) u'².
        """
        f, df, d2f = function(self.value)
        return Jet(f, df * self.first, df * self.second + d2f * self.first.square())


def variable(x: Tensor) -> Jet:
    """The coordinate itself: (x, 1, 0)."""
    return Jet(x, torch.ones_like(x), torch.zeros_like(x))


def stack(jets: list[Jet], dim: int = -1) -> Jet:
    """Stack jets along a new dimension."""
    return Jet(
        torch.stack([jet.value for jet in jets], dim),
        torch.stack([jet.first for jet in jets], dim),
        torch.stack([jet.second for jet in jets], dim),
    )


def tanh_order2(z: Tensor) -> Order2:
    """Tanh with its first two derivatives."""
    t = torch.tanh(z)
    slope = 1 - t * t
    return t, slope, -2 * t * slope


def sin_order2(z: Tensor) -> Order2:
    """Sin with its first two derivatives."""
    s = torch.sin(z)
    return s, torch.cos(z), -s


def sigmoid_order2(z: Tensor) -> Order2:
    """The logistic function with its first two derivatives."""
    s = torch.sigmoid(z)
    slope = s * (1 - s)
    return s, slope, slope * (1 - 2 * s)


def _exp_order2(z: Tensor) -> Order2:
    e = torch.exp(z)
    return e, e, e


def _reciprocal_order2(z: Tensor) -> Order2:
    r = 1 / z
    return r, -r * r, 2 * r * r * r


def sin(jet: Jet) -> Jet:
    """Sin of a jet."""
    return jet.apply(sin_order2)


def tanh(jet: Jet) -> Jet:
    """Tanh of a jet."""
    return jet.apply(tanh_order2)


def sigmoid(jet: Jet) -> Jet:
    """Logistic function of a jet."""
    return jet.apply(sigmoid_order2)


def exp(jet: Jet) -> Jet:
    """Exponential of a jet."""
    return jet.apply(_exp_order2)


def reciprocal(jet: Jet) -> Jet:
    """1 / jet."""
    return jet.apply(_reciprocal_order2)

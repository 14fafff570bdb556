"""Jets: a function's value with its first two derivatives, propagated forward.

A `Jet` carries (u, u', u'') along one coordinate and obeys Leibniz' rule and the chain rule of second
order (Faà di Bruno), so a second-order residual costs one forward pass and one reverse pass, with no
nested autograd graph. In several coordinates it carries first derivatives along directions, and sums of
second ones (`Directions`): the rules are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.numerics.directions import Directions

Order2 = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Jet:
    """(u, u', u'') as three tensors of one shape.

    In several coordinates `along` says what is carried: `first` has a leading dimension of directions, and
    `second` one of the sums of second derivatives, second[q] = Σ_k C[q, k] ∂_k² u.

    >>> x = variable(torch.tensor([2.0]))
    >>> (x * x * x).second
    tensor([12.])
    """

    value: Tensor
    first: Tensor
    second: Tensor
    along: Directions | None = None

    def __add__(self, other: Jet | Tensor | float) -> Jet:
        if isinstance(other, Jet):
            return self._with(self.value + other.value, self.first + other.first, self.second + other.second)
        return self._with(self.value + other, self.first, self.second)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return self._with(-self.value, -self.first, -self.second)

    def __sub__(self, other: Jet | Tensor | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Tensor | float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | Tensor | float) -> Jet:
        if not isinstance(other, Jet):
            return self._with(self.value * other, self.first * other, self.second * other)
        return self._with(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value + 2 * self._mix(self.first * other.first) + self.value * other.second,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Jet | Tensor | float) -> Jet:
        return self * reciprocal(other) if isinstance(other, Jet) else self * (1 / other)

    def __rtruediv__(self, other: Tensor | float) -> Jet:
        return reciprocal(self) * other

    def __pow__(self, power: float) -> Jet:
        return self.apply(lambda u: _power_order2(u, power))

    def __getitem__(self, index: object) -> Jet:
        if self.along is None:
            return self.map(lambda part: part[index])  # type: ignore[index]
        inner = index if isinstance(index, tuple) else (index,)
        rest = (slice(None), *inner)
        return self._with(self.value[inner], self.first[rest], self.second[rest])

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Value, first and second derivative."""
        return self.value, self.first, self.second

    def map(self, function: Callable[[Tensor], Tensor]) -> Jet:
        """Apply a linear function to each part."""
        return self._with(function(self.value), function(self.first), function(self.second))

    def apply(self, function: Callable[[Tensor], Order2]) -> Jet:
        """Compose with a scalar function given as u ↦ (f(u), f'(u), f''(u)).

        (f∘u)' = f'(u) u',  (f∘u)'' = f'(u) u'' + f''(u) u'².
        """
        f, df, d2f = function(self.value)
        return self._with(f, df * self.first, df * self.second + d2f * self._mix(self.first.square()))

    def _mix(self, products: Tensor) -> Tensor:
        """Return sums of products of first derivatives, as the second ones are."""
        return products if self.along is None else self.along.mix(products)

    def _with(self, value: Tensor, first: Tensor, second: Tensor) -> Jet:
        return Jet(value, first, second, self.along)


def variable(x: Tensor) -> Jet:
    """The coordinate itself: (x, 1, 0)."""
    return Jet(x, torch.ones_like(x), torch.zeros_like(x))


def coordinates(x: Tensor, along: Directions) -> Jet:
    """Return the position itself as a jet of (n, d), from points (n, d)."""
    along = along.like(x)
    first = along.rows[:, None, :].expand(-1, *x.shape)
    return Jet(x, first, x.new_zeros(len(along.mixing), *x.shape), along)


def stack(jets: list[Jet], dim: int = -1) -> Jet:
    """Stack jets along a new dimension; in several coordinates along the last."""
    return Jet(
        torch.stack([jet.value for jet in jets], dim),
        torch.stack([jet.first for jet in jets], dim),
        torch.stack([jet.second for jet in jets], dim),
        jets[0].along,
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


def _power_order2(z: Tensor, power: float) -> Order2:
    return z**power, power * z ** (power - 1), power * (power - 1) * z ** (power - 2)


def _cos_order2(z: Tensor) -> Order2:
    c = torch.cos(z)
    return c, -torch.sin(z), -c


def _sqrt_order2(z: Tensor) -> Order2:
    r = torch.sqrt(z)
    return r, 0.5 / r, -0.25 / (r * z)


def _log_order2(z: Tensor) -> Order2:
    r = 1 / z
    return torch.log(z), r, -r * r


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


def cos(jet: Jet) -> Jet:
    """Cosine of a jet."""
    return jet.apply(_cos_order2)


def sqrt(jet: Jet) -> Jet:
    """Square root of a jet."""
    return jet.apply(_sqrt_order2)


def log(jet: Jet) -> Jet:
    """Natural logarithm of a jet."""
    return jet.apply(_log_order2)

"""Fields as papers write them: u, u.t, u.xx, u.laplacian(); in formulas a field is its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from torch import Tensor

from sciml.errors import ArgumentError, did_you_mean
from sciml.numerics.derivatives import Jet
from sciml.numerics.directions import Directions, Second

Operand: TypeAlias = "Field | Tensor | float"
Note = Callable[[Second], None]


def ignore(second: Second) -> None:
    """Take no note."""


class Field:
    """A field at points (n,), with its derivatives.

    `u.t` and `u.xx` are derivatives along the axes named, `u.d("x", "t")` the same for names of more than one
    letter; `u.laplacian()` and `u.gradient_squared()` run over all axes, or over those named. Calculations
    with the field itself take its value.

    Args:
        jet: What is known of it.
        note: Called with each second derivative that is taken.
    """

    __slots__ = ("_note", "jet")

    def __init__(self, jet: Jet, note: Note = ignore) -> None:
        self.jet = jet
        self._note = note

    @property
    def value(self) -> Tensor:
        """The values (n,)."""
        return self.jet.value

    def d(self, *axes: str) -> Tensor:
        """Return the derivative along one axis, or along two one after the other."""
        for axis in axes:
            self._check(axis)
        if len(axes) == 1:
            return self.jet.first[self._along.axes.index(axes[0])]
        if len(axes) == 2:
            return self._sum((axes,))
        raise ArgumentError(
            f"derivative: got {len(axes)} axes, expected one or two; equations are of order 2"
        )

    def laplacian(self, *axes: str) -> Tensor:
        """Return the sum of the second derivatives along all axes, or those named."""
        for axis in axes:
            self._check(axis)
        return self._sum(tuple((axis, axis) for axis in axes or self._along.axes))

    def gradient_squared(self, *axes: str) -> Tensor:
        """Return the sum of the squared first derivatives along all axes, or those named."""
        return sum_of([self.d(axis).square() for axis in axes or self._along.axes])

    def _sum(self, pairs: Sequence[Sequence[str]]) -> Tensor:
        index = self._along.axes.index
        second: Second = tuple((a, b) if index(a) <= index(b) else (b, a) for a, b in pairs)
        self._note(second)
        return self._look_up(second)

    def _look_up(self, second: Second) -> Tensor:
        if second in self._along.seconds:
            return self.jet.second[self._along.seconds.index(second)]
        if len(second) > 1:
            return sum_of([self._look_up((pair,)) for pair in second])
        raise ArgumentError(
            f"derivative {''.join(second[0])!r}: taken at some points only; take the same ones at all points"
        )

    @property
    def _along(self) -> Directions:
        along = self.jet.along
        assert along is not None  # a field lives on a box
        return along

    def _check(self, axis: str) -> None:
        if axis not in self._along.axes:
            raise ArgumentError(f"axis {axis!r}: {did_you_mean(axis, self._along.axes)}")

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("__"):
            raise AttributeError(name)
        axes = self._along.axes
        if name in axes:
            return self.d(name)
        pairs = [(a, b) for a in axes for b in axes if a + b == name]
        if not pairs:
            known = [*axes, *(a + b for a in axes for b in axes)]
            raise ArgumentError(f"derivative {name!r}: {did_you_mean(name, known)}")
        return self.d(*pairs[0])

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        """Let torch's functions take the value."""
        return function(*map(value_of, args), **(kwargs or {}))

    def __add__(self, other: Operand) -> Tensor:
        return self.value + _number(other)

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Tensor:
        return self.value - _number(other)

    def __rsub__(self, other: Operand) -> Tensor:
        return -self.value + _number(other)

    def __mul__(self, other: Operand) -> Tensor:
        return self.value * _number(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Tensor:
        return self.value / _number(other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self.value.reciprocal() * _number(other)

    def __pow__(self, power: float) -> Tensor:
        return self.value**power

    def __neg__(self) -> Tensor:
        return -self.value


def value_of(operand: Any) -> Any:  # noqa: ANN401
    """Return the values of a field; anything else as it is."""
    return operand.value if isinstance(operand, Field) else operand


def _number(operand: Operand) -> Tensor | float:
    return operand.value if isinstance(operand, Field) else operand


def sum_of(parts: Sequence[Tensor]) -> Tensor:
    """Return the sum of tensors."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total

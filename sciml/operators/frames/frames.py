"""Exact changes of variables: an operator learned in a frame need not learn a symmetry that is known."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.errors import ArgumentError
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate

EVEN = 1e-2  # of a spacing, by which an even grid may be off: positions in float32 are


class Frame(ABC):
    """A change of variables of inputs and outputs under which a known symmetry takes something away.

    `outward` undoes `inward_output`, and an exact operator G has in the frame the exact operator
    inward_output ∘ G ∘ outward.
    """

    ends: ClassVar[bool] = False  # whether the grid is i/(n − 1), with both ends, not i/n

    @abstractmethod
    def inward(self, field: Field) -> Field:
        """Return the input function in the frame."""

    @abstractmethod
    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return an output (B, n, c), that belongs to the input `field`, in the frame."""

    @abstractmethod
    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return an output in the frame as it is outside, at the points of `field` or at `query`."""


@dataclass(frozen=True)
class Plain(Frame):
    """No change."""

    def inward(self, field: Field) -> Field:
        """Return the field."""
        return field

    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return the values."""
        return values

    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return the values, interpolated where other points are asked for."""
        return values if query is None else interpolate(values, field.positions, field.quadrature, query)


@dataclass(frozen=True)
class Galilean(Frame):
    r"""Burgers' equation seen from where the mean m of u(0) rests: $G(u_0)(x)=m+G(u_0-m)(x-mT)$.

    Attributes:
        time: T.
    """

    time: float = 1.0

    def inward(self, field: Field) -> Field:
        """Return u(0) − m."""
        return field.replaced(field.values - mean(field))

    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return u(x + mT, T) − m."""
        m = mean(field)
        return shifted(values, field, -self.time * m) - m

    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return v(x − mT) + m."""
        m = mean(field)
        if query is None:
            return shifted(values, field, self.time * m) + m
        moved = query - self.time * m
        return interpolate(values, field.positions, field.quadrature, moved) + m


@dataclass(frozen=True)
class MeanFree(Frame):
    r"""A linear operator that maps the constant m to $m(a+bx)$: $G(f)=G(f-m)+m(a+bx)$.

    Attributes:
        level: a.
        slope: b.
        anchored: Whether outputs vanish at 0; in the frame, where they have mean zero, they need not.
    """

    level: float = 1.0
    slope: float = 0.0
    anchored: float = 0.0

    def inward(self, field: Field) -> Field:
        """Return f − m."""
        return field.replaced(field.values - mean(field))

    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return G(f) − m (a + b x), less its mean where outputs are anchored."""
        moved = values - self._image(field, field.positions)
        return moved - mean(field.replaced(moved)) if self.anchored else moved

    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return v + m (a + b x), or v − v(0) + m (a + b x)."""
        x = field.positions if query is None else query
        wanted = values if query is None else self._at(values, field, query)
        if self.anchored:
            wanted = wanted - self._at_zero(values, field)
        return wanted + self._image(field, x)

    def _at(self, values: Tensor, field: Field, x: Tensor) -> Tensor:
        return interpolate(values, field.positions, field.quadrature, x)

    def _at_zero(self, values: Tensor, field: Field) -> Tensor:
        first = field.positions[:, :1]
        return self._at(values, field, torch.zeros_like(first)) if first.any() else values[:, :1]

    def _image(self, field: Field, x: Tensor) -> Tensor:
        return mean(field) * (self.level + self.slope * x)


class Framed(nn.Module):
    """An operator that works in a frame.

    Attributes:
        operator: Any operator on fields: a network or a ridge regression.
        frame: Where it works.
        reflect: Average the prediction with that for the mirrored input, −u(−x), mirrored back.
    """

    def __init__(self, operator: nn.Module, frame: Frame, reflect: bool = False) -> None:
        super().__init__()
        self.operator, self.frame, self.reflect = operator, frame, reflect

    def forward(self, field: Field, query: Tensor | None = None) -> Tensor:
        """Return the output function at the field's points, or at `query` (B, q, 1): (B, n, channels)."""
        inner = self.frame.inward(field)
        out = self.operator(inner)
        if self.reflect:
            out = (out + mirrored(self.operator(inner.replaced(mirrored(inner.values))))) / 2
        return self.frame.outward(out, field, query)


def mean(field: Field) -> Tensor:
    """Return the mean of each function, (B, 1, 1); of several channels, that of the first."""
    return (field.quadrature[..., None] * field.values[..., :1]).sum(1, keepdim=True)


def mirrored(values: Tensor) -> Tensor:
    """Return −u(−x) of values (B, n, c) on the even grid i/n."""
    return -values.flip(1).roll(1, 1)


def shifted(values: Tensor, field: Field, shift: Tensor) -> Tensor:
    """Return v(x − shift) of periodic values (B, n, c) on an even grid, by their Fourier modes.

    Args:
        values: v.
        field: Whose points these are.
        shift: In periods, (B, 1, 1).
    """
    check_even(field)
    modes = torch.fft.rfft(values, dim=1)
    k = torch.arange(modes.shape[1], dtype=values.dtype, device=values.device)
    angle = -2 * math.pi * torch.remainder(k[:, None] * shift, 1.0)
    return torch.fft.irfft(modes * torch.polar(torch.ones_like(angle), angle), values.shape[1], dim=1)


def check_even(field: Field, ends: bool = False) -> None:
    """Refuse points that are not i/n, or i/(n − 1) where both ends belong to the grid."""
    n = field.positions.shape[1]
    spacing = 1 / (n - 1 if ends else n)
    steps = field.positions.diff(dim=1)
    if field.mask is not None or not bool(((steps - spacing).abs() < EVEN * spacing).all()):
        raise ArgumentError(
            f"positions: expected an even grid of spacing 1/{n - 1 if ends else n}; resample the functions"
        )

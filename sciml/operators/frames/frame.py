"""Exact changes of variables: an operator learned in a frame need not learn a symmetry that is known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from sciml.operators.frames.grid import mirrored
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate


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

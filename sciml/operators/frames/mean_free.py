"""The frame of linear operators in which inputs have no mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.operators.frames.frame import Frame
from sciml.operators.frames.grid import mean
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate


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
        outputs = values if query is None else self._at(values, field, query)
        if self.anchored:
            outputs = outputs - self._at_zero(values, field)
        return outputs + self._image(field, x)

    def _at(self, values: Tensor, field: Field, x: Tensor) -> Tensor:
        return interpolate(values, field.positions, field.quadrature, x)

    def _at_zero(self, values: Tensor, field: Field) -> Tensor:
        first = field.positions[:, :1]
        return self._at(values, field, torch.zeros_like(first)) if first.any() else values[:, :1]

    def _image(self, field: Field, x: Tensor) -> Tensor:
        return mean(field) * (self.level + self.slope * x)

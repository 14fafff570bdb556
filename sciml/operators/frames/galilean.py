"""The frame of Burgers' equation in which the mean velocity rests."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sciml.operators.frames.frame import Frame
from sciml.operators.frames.grid import mean, shifted
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate


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

"""The frame in which an operator is what a coarse solve leaves over."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sciml.errors import ArgumentError
from sciml.operators.frames.frame import Frame
from sciml.operators.models.field import Field


@dataclass(frozen=True)
class Correction(Frame):
    """Outputs counted from the last channels of the input, which hold what a classical method gives."""

    def inward(self, field: Field) -> Field:
        """Return the field: what the method gives is an input, too."""
        return field

    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return what the method leaves over."""
        return values - self._solved(values, field)

    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return what the method gives and the correction."""
        if query is not None:
            raise ArgumentError("query: got points, but a correction is known on its field's points alone")
        return values + self._solved(values, field)

    def _solved(self, values: Tensor, field: Field) -> Tensor:
        return field.values[..., -values.shape[2] :].to(values)

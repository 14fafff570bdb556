"""Functions on an interval continued to periodic ones of twice the length: frames of period two."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from sciml.operators.frames.frame import Frame
from sciml.operators.frames.grid import check_even
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate


class Continued(Frame):
    """An even grid on [0, 1] with both ends, reflected at 1 and continued with period 2.

    In the frame the period is 1 and the grid has 2 (n − 1) points.
    """

    ends: ClassVar[bool] = True

    def inward(self, field: Field) -> Field:
        """Return the continuation."""
        check_even(field, ends=True)
        values = self.continued(field.values)
        n = values.shape[1]
        x = torch.arange(n, dtype=values.dtype, device=values.device) / n
        return Field(values, x[None, :, None].expand(len(values), n, 1))

    def inward_output(self, values: Tensor, field: Field) -> Tensor:
        """Return the continuation."""
        return self.continued(values)

    def outward(self, values: Tensor, field: Field, query: Tensor | None = None) -> Tensor:
        """Return the values on [0, 1]."""
        if query is None:
            return values[:, : field.values.shape[1]]
        inner = self.inward(field)
        return interpolate(values, inner.positions, inner.quadrature, query / 2)

    @abstractmethod
    def continued(self, values: Tensor) -> Tensor:
        """Return the continuation (B, 2(n−1), c) of values (B, n, c)."""


@dataclass(frozen=True)
class Odd(Continued):
    """Functions that vanish at 0 and 1: u(2 − x) = −u(x), as smooth as their sine series."""

    def continued(self, values: Tensor) -> Tensor:
        """Return the odd continuation."""
        return torch.cat([values, -values[:, 1:-1].flip(1)], 1)


@dataclass(frozen=True)
class Even(Continued):
    """Any functions on [0, 1]: u(2 − x) = u(x), with a kink where the slope at an end is not zero."""

    def continued(self, values: Tensor) -> Tensor:
        """Return the even continuation."""
        return torch.cat([values, values[:, 1:-1].flip(1)], 1)

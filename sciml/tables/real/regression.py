"""A shift of each column that is linear in the context."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from sciml.flows.transforms.transform import AbstractTransform

RIDGE = 1e-3  # of the rows, so that levels seen once or never, and collinear contexts, stay harmless


class Regression(AbstractTransform):
    """The fixed map z = x − B c − a of rows x given their context c, with log|det| = 0.

    Args:
        slopes: B, (features, context_features).
        shift: a, (features,).
    """

    slopes: Tensor
    shift: Tensor

    def __init__(self, slopes: Tensor, shift: Tensor) -> None:
        super().__init__(*slopes.shape)
        self.register_buffer("slopes", slopes.detach().clone())
        self.register_buffer("shift", shift.detach().clone())

    @classmethod
    def identity(cls, features: int, context_features: int, dtype: torch.dtype) -> Self:
        """Return the map z = x, to be filled from a saved state."""
        return cls(torch.zeros(features, context_features, dtype=dtype), torch.zeros(features, dtype=dtype))

    @classmethod
    def fit(cls, x: Tensor, context: Tensor) -> Self:
        """Return the ridge regression of x (n, features) on the context (n, context_features)."""
        mean, middle = context.mean(0), x.mean(0)
        centred = context - mean
        gram = centred.T @ centred + RIDGE * len(x) * torch.eye(context.shape[1], dtype=x.dtype)
        slopes = torch.linalg.solve(gram, centred.T @ (x - middle)).T
        return cls(slopes, middle - slopes @ mean)

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return x - self._level(context), x.new_zeros(len(x))

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return z + self._level(context), z.new_zeros(len(z))

    def _level(self, context: Tensor | None) -> Tensor:
        assert context is not None  # its number of columns was checked
        return context @ self.slopes.T + self.shift

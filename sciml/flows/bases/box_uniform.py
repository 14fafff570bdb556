"""The uniform density on a box."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase


class BoxUniform(AbstractBase):
    """The density 1/Π (high - low) where low ≤ z ≤ high in every column, and 0 elsewhere: log p = -∞.

    Args:
        low: (features,).
        high: (features,), above `low`.
    """

    low: Tensor
    high: Tensor

    def __init__(self, low: Tensor, high: Tensor) -> None:
        super().__init__(len(low))
        low, high = validate.interval(low, high)
        self.register_buffer("low", low)
        self.register_buffer("high", high)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        inside = ((z >= self.low) & (z <= self.high)).all(1)
        level = -(self.high - self.low).log().sum()
        return torch.where(inside, level, torch.full_like(level, -torch.inf))

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""
        share = torch.rand(n, self.features, generator=generator, dtype=like.dtype, device=like.device)
        return self.low + (self.high - self.low) * share

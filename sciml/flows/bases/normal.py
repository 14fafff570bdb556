"""The standard normal density."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from sciml.flows.bases.base import AbstractBase, BaseSpec


class StandardNormal(AbstractBase):
    """The density (2π)^(-features/2) exp(-|z|²/2)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        return -0.5 * z.square().sum(1) - 0.5 * self.features * math.log(2 * math.pi)

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""
        return torch.randn(n, self.features, generator=generator, dtype=like.dtype, device=like.device)


@dataclass(frozen=True)
class NormalSpec(BaseSpec):
    """The standard normal density, which has no parameters."""

    name: ClassVar[str] = "normal"

    def build(self, features: int, dtype: torch.dtype, rows: Tensor | None, seed: int) -> StandardNormal:
        """Return the base."""
        return StandardNormal(features)

    def least_parameters(self, features: int) -> int:
        """Return 0."""
        return 0

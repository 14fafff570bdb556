"""Base densities: what the latent variables of a flow follow."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from sciml.flows import validate


class AbstractBase(nn.Module, ABC):
    """A density of z, of shape (batch, features), that can be evaluated and sampled.

    Args:
        features: columns of z.

    Attributes:
        reparametrized: whether draws are differentiable in every parameter.
    """

    reparametrized: bool = True

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = validate.integer("features", features, 1)

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""


class StandardNormal(AbstractBase):
    """The density (2π)^(-features/2) exp(-|z|²/2)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        return -0.5 * z.square().sum(1) - 0.5 * self.features * math.log(2 * math.pi)

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""
        return torch.randn(n, self.features, generator=generator, dtype=like.dtype, device=like.device)

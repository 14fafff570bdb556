"""Base densities: what the latent variables of a flow follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.arguments import check_count


class AbstractBase(nn.Module, ABC):
    """A density of z, of shape (batch, features), that can be evaluated and sampled.

    Args:
        features: columns of z.

    Attributes:
        reparametrized: whether draws are differentiable in every parameter.
        scored: the parameters that they are not differentiable in, by name.
    """

    reparametrized: bool = True
    scored: tuple[str, ...] = ()

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = check_count("features", features)

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""


@dataclass(frozen=True)
class BaseSpec(ABC):
    """A base as plain values: its fields are its sizes, each with a default.

    A new base that recipes can name is one file, with the base and the spec of it, and one row of
    `spec.BASES`.

    Attributes:
        name: By which it is chosen, and saved.
    """

    name: ClassVar[str]

    @abstractmethod
    def build(self, features: int, dtype: torch.dtype, rows: Tensor | None, seed: int) -> AbstractBase:
        """Return the base, fitted to latent rows (n, features) where there are any and it can be."""

    @abstractmethod
    def least_parameters(self, features: int) -> int:
        """Return a number of parameters that `build` would allocate at least, by arithmetic alone."""

"""Invertible maps with log-determinants: the contract, and composition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import chain
from typing import cast

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.flows import validate


class AbstractTransform(nn.Module, ABC):
    """An invertible map z = f(x; context) of rows, with log|det df/dx| in the same pass.

    A new transform writes `_forward` and `_inverse`; dtype and shapes are checked here, once.

    Args:
        features: columns of x and of z.
        context_features: columns of the context; 0 means that there is none.
    """

    def __init__(self, features: int, context_features: int = 0) -> None:
        super().__init__()
        self.features = check_count("features", features)
        self.context_features = check_count("context_features", context_features, 0)

    def forward_and_log_det(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return z = f(x), of shape (batch, features), and log|det df/dx|, of shape (batch,)."""
        self._check("x", x, context)
        return self._forward(x, context)

    def inverse_and_log_det(self, z: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return x = f⁻¹(z), of shape (batch, features), and log|det df⁻¹/dz|, of shape (batch,)."""
        self._check("z", z, context)
        return self._inverse(z, context)

    @abstractmethod
    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        """As `forward_and_log_det`, with checked arguments."""

    @abstractmethod
    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        """As `inverse_and_log_det`, with checked arguments."""

    def _check(self, name: str, x: Tensor, context: Tensor | None) -> None:
        dtype = dtype_of(self) or validate.dtype_of(name, x)
        validate.rows(name, x, self.features, dtype)
        if (context is not None) != (self.context_features > 0):
            shown = "none" if context is None else "one"
            raise ArgumentError(
                f"context: got {shown}, expected {self.context_features or 'no'} columns (context_features)"
            )
        if context is not None:
            validate.rows("context", context, self.context_features, dtype)
            if len(context) != len(x):
                raise ArgumentError(f"context: got {len(context)} rows, expected {len(x)} as {name} has")


def dtype_of(module: nn.Module) -> torch.dtype | None:
    """Return the floating-point type of a module's parameters and buffers; None where it has none."""
    tensors = chain(module.parameters(), module.buffers())
    return next((t.dtype for t in tensors if t.is_floating_point()), None)


def context_of(transforms: Sequence[AbstractTransform]) -> int:
    """Return the one number of context columns of those transforms that take a context, or 0."""
    sizes = {t.context_features for t in transforms} - {0}
    if len(sizes) > 1:
        raise ArgumentError(f"transforms: got the context_features {sorted(sizes)}, expected one number")
    return sizes.pop() if sizes else 0


class Chain(AbstractTransform):
    """The composition f = f_n ∘ … ∘ f_1, whose log-determinants add up.

    Args:
        transforms: f_1, …, f_n, at least one, with equal features; those that take a context take the same.
    """

    def __init__(self, transforms: Sequence[AbstractTransform]) -> None:
        sizes = {t.features for t in transforms}
        if len(sizes) != 1:
            raise ArgumentError(f"transforms: got the features {sorted(sizes)}, expected one number of them")
        super().__init__(sizes.pop(), context_of(transforms))
        self.transforms = nn.ModuleList(transforms)

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        total = x.new_zeros(len(x))
        for transform in self._parts():
            x, log_det = transform._forward(x, context if transform.context_features else None)
            total = total + log_det
        return x, total

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        total = z.new_zeros(len(z))
        for transform in reversed(self._parts()):
            z, log_det = transform._inverse(z, context if transform.context_features else None)
            total = total + log_det
        return z, total

    def _parts(self) -> list[AbstractTransform]:
        return cast(list[AbstractTransform], list(self.transforms))

"""Permutations of the features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from sciml.arguments import check_count, check_seed
from sciml.errors import ArgumentError
from sciml.flows.transforms.transform import AbstractTransform


class Permutation(AbstractTransform):
    """The map z_i = x_order(i), with log|det| = 0.

    Args:
        order: which feature of x each feature of z is; every index from 0 once.

    >>> Permutation([2, 0, 1]).forward_and_log_det(torch.tensor([[5.0, 6.0, 7.0]]))[0]
    tensor([[7., 5., 6.]])
    """

    order: Tensor
    back: Tensor

    def __init__(self, order: Sequence[int] | Tensor) -> None:
        indices = torch.as_tensor(order)
        super().__init__(indices.numel())
        if not torch.equal(indices.sort().values, torch.arange(self.features)):
            raise ArgumentError(f"order: got {order}, expected each of 0, …, {self.features - 1} once")
        self.register_buffer("order", indices.clone())
        self.register_buffer("back", indices.argsort())

    @classmethod
    def reverse(cls, features: int) -> Self:
        """Return the permutation that puts the last feature first."""
        return cls(torch.arange(check_count("features", features)).flip(0))

    @classmethod
    def random(cls, features: int, seed: int = 0) -> Self:
        """Return a permutation drawn with this seed; torch's own random state is left alone."""
        generator = torch.Generator().manual_seed(check_seed(seed))
        return cls(torch.randperm(check_count("features", features), generator=generator))

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return _take(x, self.order), x.new_zeros(len(x))

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return _take(z, self.back), z.new_zeros(len(z))


def _take(x: Tensor, order: Tensor) -> Tensor:
    return x.T.index_select(0, order).T  # rows of memory, where the batch is the last axis

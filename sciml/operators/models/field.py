"""Functions given by their values at points: what every operator takes in."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators.check import same_batch

OFF = 1e-4  # by which the weights of a sample may fail to sum to one


@dataclass(frozen=True, eq=False)
class Field:
    r"""A batch of functions on points, with weights such that $\sum_i w_i f(x_i)$ is the mean of f.

    Attributes:
        values: (B, n, c), channels last.
        positions: (B, n, m).
        weights: Quadrature weights (B, n) of sum one; by default the same for every point in use.
        mask: Which points are in use (B, n); the others are padding, of weight zero.

    Raises:
        ArgumentError: If shapes disagree, or the weights of a sample do not sum to one.
    """

    values: Tensor
    positions: Tensor
    weights: Tensor | None = None
    mask: Tensor | None = None

    def __post_init__(self) -> None:
        for name in ("values", "positions"):
            if not isinstance(getattr(self, name), Tensor) or getattr(self, name).ndim != 3:
                raise ArgumentError(f"{name}: expected a tensor of shape (batch, points, channels)")
        channels = (self.values.shape[2], self.positions.shape[2])
        same_batch("values", self.values, channels[0], "positions", self.positions, channels[1])
        self._check_mask()
        self._check_weights()

    @property
    def quadrature(self) -> Tensor:
        """The weights (B, n), zero where the mask is false."""
        if self.weights is not None:
            return self.weights if self.mask is None else self.weights * self.mask
        used = self.values.new_ones(self.values.shape[:2]) if self.mask is None else self.mask.to(self.values)
        return used / used.sum(1, keepdim=True)

    def replaced(self, values: Tensor) -> Field:
        """Return other values at the same points."""
        return Field(values, self.positions, self.weights, self.mask)

    def to(self, dtype: torch.dtype) -> Field:
        """Return the field in another floating-point type."""
        if self.values.dtype == self.positions.dtype == dtype:
            return self
        weights = None if self.weights is None else self.weights.to(dtype)
        return Field(self.values.to(dtype), self.positions.to(dtype), weights, self.mask)

    def _check_mask(self) -> None:
        if self.mask is None:
            return
        if not isinstance(self.mask, Tensor) or self.mask.dtype != torch.bool:
            raise ArgumentTypeError("mask: expected a tensor of bool, true where a point is in use")
        if self.mask.shape != self.values.shape[:2]:
            raise ArgumentError(f"mask: got the shape {tuple(self.mask.shape)}, expected {self._points}")
        if not self.mask.any(1).all():
            raise ArgumentError(f"mask: sample {int((~self.mask.any(1)).nonzero()[0])} has no point in use")

    def _check_weights(self) -> None:
        if self.weights is None:
            return
        if self.weights.shape != self.values.shape[:2]:
            raise ArgumentError(
                f"weights: got the shape {tuple(self.weights.shape)}, expected {self._points}"
            )
        sums = self.quadrature.detach().sum(1)
        wrong = ((sums - 1).abs() > OFF).nonzero()
        if len(wrong):
            row = int(wrong[0])
            raise ArgumentError(f"weights: those of sample {row} sum to {float(sums[row]):.6g}, expected 1")

    @property
    def _points(self) -> str:
        return str(tuple(self.values.shape[:2]))

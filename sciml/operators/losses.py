"""Losses of functions on an even periodic grid: relative L2, and with derivatives in spectral form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

TINY = 1e-12  # stands for the squared norm of a target that is zero
FLOOR = 0.03  # of the median norm: in a loss a smaller target counts as one of that size
ZERO = 1e-3  # of the median norm: in an error a smaller target counts as zero, and as one of that size
ROUND = 1e-24  # added to squared relative errors in the loss, so that its slope is finite where they vanish


def relative_l2(prediction: Tensor, target: Tensor) -> Tensor:
    """Return ‖found − target‖/‖target‖ of every sample, (B,), of values (B, n, c) on an even grid.

    Where the target is zero it is ‖prediction‖ divided by 1e-6 √n.
    """
    return _relative(*(part.square().mean((1, 2)) for part in (prediction - target, target))).sqrt()


def channel_errors(prediction: Tensor, target: Tensor) -> Tensor:
    """Return ‖found − target‖/‖target‖ of every sample and channel, (B, c), of values (B, n, c).

    A target below a thousandth of the median norm of its channel counts as one of that size.
    """
    error, size = (part.square().mean(1) for part in (prediction - target, target))
    return _relative(error, torch.maximum(size, ZERO**2 * size.median(0).values)).sqrt()


@dataclass(frozen=True)
class RelativeH1:
    r"""The mean relative error in the norm $\|u\|^2=\sum_k(1+\gamma(2\pi k)^2)|\hat u_k|^2$.

    Attributes:
        gamma: Weight γ of the derivative; with 0 the relative L2 error.
        floor: Targets whose squared norm is smaller count as that large.
    """

    gamma: float = 0.1
    floor: float = 0.0

    @classmethod
    def above(cls, gamma: float, targets: Tensor) -> Self:
        """Return the loss whose floor is a share of the median norm of these targets."""
        return cls(gamma, FLOOR**2 * float(cls(gamma).squared(targets).median()))

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss of values (B, n, c) on an even grid of the unit interval."""
        error, size = (self.squared(part) for part in (prediction - target, target))
        squared = _relative(error, size.clamp(min=self.floor))
        return (squared + ROUND).sqrt().mean()

    def squared(self, values: Tensor) -> Tensor:
        """Return the squared norm of every function (B, n, c), (B,)."""
        modes = torch.fft.rfft(values, dim=1, norm="forward")
        k = torch.arange(modes.shape[1], dtype=values.dtype, device=values.device)
        weights = 1 + self.gamma * (2 * math.pi * k).square()
        both = torch.where((k == 0) | (2 * k == values.shape[1]), 1.0, 2.0)  # k and −k
        squares: Tensor = (modes.abs().square() * (weights * both)[:, None]).sum((1, 2))
        return squares


def _relative(error: Tensor, size: Tensor) -> Tensor:
    return error / torch.where(size > 0, size, TINY)

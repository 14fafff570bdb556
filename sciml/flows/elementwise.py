"""Monotone maps of one number, the building blocks of coupling layers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from sciml.errors import ArgumentError

ElementwiseMap: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def soft_clip(p: Tensor) -> Tensor:
    """Return p / (1 + |p|/3): near p close to 0, between -3 and 3 everywhere."""
    return p / (1 + p.abs() / 3)


class AbstractElementwise(ABC):
    """A family of increasing maps of the line; all-zero parameters must give the identity.

    Parameters come with their own axis first, (parameters, *shape of x): with the batch last in memory
    every sum over that axis runs over contiguous rows.
    """

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many unconstrained numbers describe one map."""

    @abstractmethod
    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return y = f(x) and log f'(x), both shaped as x."""

    @abstractmethod
    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return x = f⁻¹(y) and the logarithm of its slope, both shaped as y."""


@dataclass(frozen=True)
class Affine(AbstractElementwise):
    """The map y = exp(s) x + t with s = b tanh(p/b), bounded so that no layer can explode.

    Reference: Dinh, Sohl-Dickstein and Bengio, Density estimation using Real NVP, 2017.

    Attributes:
        log_scale_bound: b, the largest |log slope|.
    """

    log_scale_bound: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.log_scale_bound < math.inf:
            raise ArgumentError(f"log_scale_bound must be positive and finite, not {self.log_scale_bound}")

    @property
    def parameters(self) -> int:
        """Two: the log-scale and the shift."""
        return 2

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return exp(s) x + t and s."""
        log_scale = self._log_scale(parameters[0])
        return x * log_scale.exp() + parameters[1], log_scale

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return (y - t) exp(-s) and -s."""
        log_scale = self._log_scale(parameters[0])
        return (y - parameters[1]) * (-log_scale).exp(), -log_scale

    def _log_scale(self, p: Tensor) -> Tensor:
        return self.log_scale_bound * torch.tanh(p / self.log_scale_bound)

"""Monotone maps of one number, the building blocks of coupling layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from sciml.arguments import check_number

ElementwiseMap: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


class AbstractElementwise(ABC):
    """A family of increasing maps of the line; all-zero parameters should give the identity, a flow's start.

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
class Additive(AbstractElementwise):
    """The map y = x + t, which keeps volumes.

    Reference: Dinh, Krueger and Bengio, NICE: Non-linear Independent Components Estimation, 2015.
    """

    @property
    def parameters(self) -> int:
        """One: the shift."""
        return 1

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return x + t and 0."""
        return x + parameters[0], torch.zeros_like(x)

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return y - t and 0."""
        return y - parameters[0], torch.zeros_like(y)


class AbstractAffine(AbstractElementwise):
    """The maps y = exp(s) x + t, where the first parameter gives s and the second is t."""

    @property
    def parameters(self) -> int:
        """Two: the log-scale and the shift."""
        return 2

    @abstractmethod
    def log_scale(self, p: Tensor) -> Tensor:
        """Return s."""

    def minus_log_scale(self, p: Tensor) -> Tensor:
        """Return -s."""
        return -self.log_scale(p)

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return exp(s) x + t and s."""
        p, shift = parameters.unbind()
        log_scale = self.log_scale(p)
        return x * log_scale.exp() + shift, log_scale

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return (y - t) exp(-s) and -s."""
        p, shift = parameters.unbind()
        log_slope = self.minus_log_scale(p)
        return (y - shift) * log_slope.exp(), log_slope


@dataclass(frozen=True)
class Affine(AbstractAffine):
    """The map y = exp(s) x + t with s = b tanh(p/b), bounded so that no layer can explode.

    Reference: Dinh, Sohl-Dickstein and Bengio, Density estimation using Real NVP, 2017.

    Attributes:
        log_scale_bound: b, the largest |log slope|.
    """

    log_scale_bound: float = 2.0

    def __post_init__(self) -> None:
        check_number("log_scale_bound", self.log_scale_bound, above=0)

    def log_scale(self, p: Tensor) -> Tensor:
        """Return b tanh(p/b) = 2b sigmoid(2p/b) - b, which takes fewer calls."""
        b = self.log_scale_bound
        return torch.rsub(self._sigmoid(p), -b, alpha=-2 * b)

    def minus_log_scale(self, p: Tensor) -> Tensor:
        """Return -b tanh(p/b)."""
        b = self.log_scale_bound
        return torch.rsub(self._sigmoid(p), b, alpha=2 * b)

    def _sigmoid(self, p: Tensor) -> Tensor:
        b = self.log_scale_bound
        return torch.sigmoid(p if b == 2 else p * (2 / b))

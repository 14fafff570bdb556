"""The elementwise maps of nflows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from sciml.flows.transforms.elementwise import AbstractAffine


@dataclass(frozen=True)
class SoftplusAffine(AbstractAffine):
    """The map y = (softplus(p) + floor) x + t, which p = 0 does not make the identity.

    Attributes:
        floor: the smallest slope.
    """

    floor: float = 1e-3

    def log_scale(self, p: Tensor) -> Tensor:
        """Return log(softplus(p) + floor)."""
        return (softplus(p) + self.floor).log()


@dataclass(frozen=True)
class SigmoidAffine(AbstractAffine):
    """The map y = (sigmoid(p + 2) + floor) x + t, which p = 0 does not make the identity.

    Attributes:
        floor: the smallest slope.
    """

    floor: float = 1e-3

    def log_scale(self, p: Tensor) -> Tensor:
        """Return log(sigmoid(p + 2) + floor)."""
        return (torch.sigmoid(p + 2) + self.floor).log()


@dataclass(frozen=True)
class UnboundedAffine(AbstractAffine):
    """The map y = exp(p) x + t."""

    def log_scale(self, p: Tensor) -> Tensor:
        """Return p."""
        return p

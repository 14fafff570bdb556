"""Optimizers as values: what makes torch's optimizers for a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.optim import Optimizer

from sciml.training.light import light

# From a model and the first learning rate to one optimizer, or to several that share out its parameters.
# The schedule multiplies the rate that each group of parameters begins with.
MakeOptimizer = Callable[[nn.Module, float], Optimizer | Sequence[Optimizer]]


@dataclass(frozen=True)
class Adam:
    """Adam without weight decay (Kingma and Ba, arXiv:1412.6980)."""

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __call__(self, model: nn.Module, rate: float) -> Optimizer:
        """Return the optimizer of a model's parameters."""
        return light(torch.optim.Adam)(_trained(model), rate, self.betas, self.eps, fused=True)


@dataclass(frozen=True)
class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101)."""

    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __call__(self, model: nn.Module, rate: float) -> Optimizer:
        """Return the optimizer of a model's parameters."""
        decay = self.weight_decay
        return light(torch.optim.AdamW)(_trained(model), rate, self.betas, self.eps, decay, fused=True)


def _trained(model: nn.Module) -> list[nn.Parameter]:
    return [p for p in model.parameters() if p.requires_grad]

"""Optimizers that know matrices, beside Adam for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.optim import Optimizer

from sciml.training.light import light
from sciml.training.soap import SoapMatrices


@dataclass(frozen=True)
class Muon:
    """Momentum orthogonalized by Newton-Schulz steps for the matrices of a model, Adam for all else.

    References:
        K. Jordan et al., Muon: an optimizer for hidden layers in neural networks (2024).

    Attributes:
        rest: The rate of Adam, as a share of the matrices'.
        momentum: Of the matrices.
    """

    rest: float = 0.4
    momentum: float = 0.95

    def __call__(self, model: nn.Module, rate: float) -> Sequence[Optimizer]:
        """Return both optimizers."""
        matrices, others = shared_out(model)
        muon = light(torch.optim.Muon)(
            matrices, lr=rate, momentum=self.momentum, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
        )
        return [muon, light(torch.optim.Adam)(others, lr=self.rest * rate)]


@dataclass(frozen=True)
class Soap:
    """SOAP for the matrices of a model, Adam for all else.

    Attributes:
        rest: The rate of Adam, as a share of the matrices'.
        frequency: Steps between two changes of the basis.
    """

    rest: float = 0.7
    frequency: int = 10

    def __call__(self, model: nn.Module, rate: float) -> Sequence[Optimizer]:
        """Return both optimizers."""
        matrices, others = shared_out(model)
        soap = light(SoapMatrices)(matrices, rate, frequency=self.frequency)
        return [soap, light(torch.optim.Adam)(others, lr=self.rest * rate)]


def shared_out(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the trained matrices of a model, and its other trained parameters."""
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim == 2 and min(p.shape) > 1]
    return matrices, [p for p in trained if not any(p is each for each in matrices)]

"""DeepONet: an inner product of functions of the input and functions of the position."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import basis, check_grid


class DeepONet(NeuralOperator):
    r"""$G(u)(x)=\sum_kb_k(\hat u)\,t_k(x)+b_0$, the branch b fed the input's lowest Fourier modes.

    Given modes instead of values at fixed sensors, the operator is tied to no grid.

    References:
        L. Lu et al., Learning nonlinear operators via DeepONet, Nature Machine Intelligence 3, 218 (2021).

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Width of the hidden layers.
        terms: Number of products, k.
        modes: Fourier modes of the input that the branch sees, and of the positions that the trunk sees.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 128,
        terms: int = 64,
        modes: int = 16,
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.modes, self.terms = check_count("modes", modes, 2), check_count("terms", terms)
        seen = 2 * modes - 1
        self.branch = _perceptron(in_channels * seen, width, terms * out_channels)
        self.trunk = _perceptron(seen, width, terms * out_channels)
        self.bias = nn.Parameter(torch.zeros(out_channels))

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes)
        waves = basis(field.positions, self.modes)
        seen = (waves * field.quadrature[..., None]).mT @ field.values
        branch = self.branch(seen.flatten(1)).unflatten(1, (self.terms, self.out_channels))
        trunk = self.trunk(waves).unflatten(2, (self.terms, self.out_channels))
        return torch.einsum("bkc,bnkc->bnc", branch, trunk) / math.sqrt(self.terms) + self.bias


def _perceptron(inputs: int, width: int, outputs: int) -> nn.Sequential:
    sizes = (inputs, width, width, width)
    hidden = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.GELU())]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


@dataclass(frozen=True)
class DeepONetSpec(ModelSpec):
    """The sizes of `DeepONet`, whose arguments they are."""

    name: ClassVar[str] = "deeponet"
    width: int = 64
    terms: int = 64
    modes: int = 16

    def build(self, maps: Signature) -> DeepONet:
        """Return the model."""
        return DeepONet(maps.in_channels, maps.out_channels, **asdict(self))

    def least_parameters(self, maps: Signature) -> int:
        """Return what the first, a middle and the last layer of the branch take."""
        seen, out = maps.in_channels * (2 * self.modes - 1), self.terms * maps.out_channels
        return (seen + self.width + out) * self.width

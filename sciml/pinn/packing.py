"""One flat vector for a network's parameters and the trainable scalars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from sciml.numerics.networks import MLP


def sizes(widths: Sequence[int]) -> list[int]:
    """Return the length of each weight and bias in turn.

    >>> sizes((2, 3, 1))
    [6, 3, 3, 1]
    """
    return [size for a, b in pairwise(widths) for size in (a * b, b)]


def pack(network: MLP, raw: Tensor) -> Tensor:
    """Return (weights, biases, …, raw scalars) as one vector."""
    parts = [part.detach().reshape(-1) for layer in network.layers for part in layer]
    return torch.cat([*parts, raw])


def unpack(theta: Tensor, widths: Sequence[int]) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
    """Return the layers and the raw scalars of a flat vector, as views."""
    lengths = sizes(widths)
    parts = torch.split(theta, [*lengths, theta.numel() - sum(lengths)])
    shapes = list(pairwise(widths))
    layers = [(parts[2 * i].view(b, a), parts[2 * i + 1]) for i, (a, b) in enumerate(shapes)]
    return layers, parts[-1]


def assign(network: MLP, layers: Sequence[tuple[Tensor, Tensor]]) -> None:
    """Copy layers into the network's parameters."""
    with torch.no_grad():
        for (weight, bias), (new_weight, new_bias) in zip(network.layers, layers, strict=True):
            weight.copy_(new_weight)
            bias.copy_(new_bias)

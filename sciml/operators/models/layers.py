"""What operators are built of: encoder layers, point-wise networks, and a spectral decoder."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from sciml.operators.models.attention import GalerkinAttention, Kind
from sciml.operators.models.spectral import SpectralConvolution


class Feedforward(nn.Module):
    """Linear(width, hidden), ReLU, Linear(hidden, out) at every point."""

    def __init__(self, width: int, hidden: int, out: int | None = None) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(width, hidden), nn.Linear(hidden, out or width)

    def forward(self, x: Tensor) -> Tensor:
        """Return the map of x (..., width)."""
        out: Tensor = self.second(self.first(x).relu())
        return out


class EncoderLayer(nn.Module):
    """x ← x + Attn(x), then x ← x + FFN(x); no other norm, so that scale passes through."""

    def __init__(self, width: int, heads: int, position_features: int, hidden: int, kind: Kind) -> None:
        super().__init__()
        self.attention = GalerkinAttention(width, heads, position_features, kind)
        self.feedforward = Feedforward(width, hidden)

    def forward(self, x: Tensor, positions: Tensor, weights: Tensor) -> Tensor:
        """Return the layer's output (B, n, width)."""
        x = x + self.attention(x, positions, weights)
        out: Tensor = x + self.feedforward(x)
        return out


class SpectralLayer(nn.Module):
    """A spectral convolution, in one dimension or more, beside a point-wise linear map, then SiLU."""

    def __init__(
        self,
        channels: int,
        modes: int,
        activate: bool = True,
        convolution: type[SpectralConvolution] = SpectralConvolution,
    ) -> None:
        super().__init__()
        self.convolution, self.pointwise = convolution(channels, modes), nn.Linear(channels, channels)
        self.activate = activate

    def forward(self, x: Tensor, waves: Tensor, weights: Tensor) -> Tensor:
        """Return the layer's output (B, n, channels)."""
        out = self.convolution(x, waves, weights) + self.pointwise(x)
        return silu(out) if self.activate else out


def on_circle(positions: Tensor) -> Tensor:
    """Return (cos 2πx, sin 2πx) of every coordinate of periodic positions (B, n, m): (B, n, 2m)."""
    angle = 2 * math.pi * positions
    return torch.cat([angle.cos(), angle.sin()], 2)

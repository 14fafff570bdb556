"""The Galerkin transformer in one dimension."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.operators.attention import Kind
from sciml.operators.base import NeuralOperator
from sciml.operators.field import Field
from sciml.operators.layers import EncoderLayer, SpectralLayer, on_circle
from sciml.operators.spectral import basis, check_grid


class GalerkinTransformer1d(NeuralOperator):
    """Layers of Galerkin attention between spectral layers; as published, those come after it only.

    Without positions every layer commutes with shifts, and so does the operator.

    References:
        S. Cao, Choose a Transformer: Fourier or Galerkin, NeurIPS 2021.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Channels inside, d.
        layers: Number of encoder layers.
        heads: Heads of each attention.
        modes: Fourier modes of the spectral layers.
        hidden: Width of the feed-forward networks; by default twice the width.
        kind: Which attention.
        before: Spectral layers before the encoder.
        decoder: Spectral layers after it.
        positions: Whether the lift and the attention are given the positions, on a circle.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 64,
        layers: int = 4,
        heads: int = 1,
        modes: int = 16,
        hidden: int | None = None,
        kind: Kind = "galerkin",
        before: int = 0,
        decoder: int = 2,
        positions: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.modes, self.positions = modes, positions
        places = 2 * positions
        self.lift = nn.Linear(in_channels + places, width)
        self.before = nn.ModuleList(SpectralLayer(width, modes) for _ in range(before))
        sizes = (width, heads, places, hidden or 2 * width, kind)
        self.encoder = nn.ModuleList(EncoderLayer(*sizes) for _ in range(layers))
        self.decoder = nn.ModuleList(SpectralLayer(width, modes, i < decoder - 1) for i in range(decoder))
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, out_channels)
        )

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes)
        places, weights = self._places(field), field.quadrature
        waves = basis(field.positions, self.modes)
        x = self.lift(torch.cat([field.values, places], 2))
        for layer in self.before:
            x = layer(x, waves, weights)
        for layer in self.encoder:
            x = layer(x, places, weights)
        for layer in self.decoder:
            x = layer(x, waves, weights)
        return self.project(x)

    def _places(self, field: Field) -> Tensor:
        return on_circle(field.positions) if self.positions else field.positions[..., :0]

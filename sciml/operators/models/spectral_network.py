"""Residual feed-forward blocks between spectral layers: a Galerkin transformer without its attention."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.layers import Feedforward, SpectralLayer, on_circle
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import basis, check_grid


class SpectralNetwork(NeuralOperator):
    """A lift, spectral layers, point-wise blocks x ← x + FFN(x), spectral layers again, and a projection.

    It is `GalerkinTransformer1d` with the attention cut out of its encoder layers. Without positions every
    layer commutes with shifts, and so does the operator.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Channels inside, d.
        layers: Number of point-wise blocks.
        modes: Fourier modes of the spectral layers.
        hidden: Width inside the blocks; by default twice the width.
        before: Spectral layers before the blocks.
        decoder: Spectral layers after them.
        positions: Whether the lift is given the positions, on a circle.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 64,
        layers: int = 1,
        modes: int = 16,
        hidden: int | None = None,
        before: int = 1,
        decoder: int = 3,
        positions: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.modes, self.positions = modes, positions
        self.lift = nn.Linear(in_channels + 2 * positions, width)
        self.before = nn.ModuleList(SpectralLayer(width, modes) for _ in range(before))
        self.blocks = nn.ModuleList(Feedforward(width, hidden or 2 * width) for _ in range(layers))
        self.decoder = nn.ModuleList(SpectralLayer(width, modes, i < decoder - 1) for i in range(decoder))
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, out_channels)
        )

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes)
        waves, weights = basis(field.positions, self.modes), field.quadrature
        places = [on_circle(field.positions)] if self.positions else []
        x = self.lift(torch.cat([field.values, *places], 2))
        for layer in self.before:
            x = layer(x, waves, weights)
        for block in self.blocks:
            x = x + block(x)
        for layer in self.decoder:
            x = layer(x, waves, weights)
        out: Tensor = self.project(x)
        return out


@dataclass(frozen=True)
class SpectralSpec(ModelSpec):
    """The sizes of `SpectralNetwork`, whose arguments they are."""

    name: ClassVar[str] = "spectral"
    width: int = 64
    layers: int = 1
    modes: int = 16
    before: int = 1
    decoder: int = 3
    positions: bool = True

    def build(self, maps: Signature) -> SpectralNetwork:
        """Return the model."""
        return SpectralNetwork(maps.in_channels, maps.out_channels, **asdict(self))

    def least_parameters(self, maps: Signature) -> int:
        """Return what spectral layers, blocks and channels take."""
        spectral = (self.before + self.decoder) * ((2 * self.modes - 1) * self.width**2 + 1)
        blocks = self.layers * (4 * self.width**2 + 1)
        return spectral + blocks + (maps.in_channels + maps.out_channels) * self.width

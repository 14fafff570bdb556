"""The Galerkin transformer, and its form in one dimension."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.operators.models.attention import Kind
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.layers import EncoderLayer, SpectralLayer, on_circle
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import SpectralConvolution, basis, check_grid


@dataclass(frozen=True)
class Sizes:
    """Sizes of a Galerkin transformer; `places` is the number of position features."""

    width: int
    layers: int
    heads: int
    modes: int
    hidden: int | None
    kind: Kind
    before: int
    decoder: int
    places: int


class GalerkinTransformer(NeuralOperator):
    """A lift, spectral layers, encoder layers, spectral layers again, and a projection, in any dimension.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        sizes: Of the layers.
        convolution: That of the spectral layers.
    """

    def __init__(
        self, in_channels: int, out_channels: int, sizes: Sizes, convolution: type[SpectralConvolution]
    ) -> None:
        super().__init__(in_channels, out_channels)
        width, last = sizes.width, sizes.decoder - 1
        spectral = (width, sizes.modes)
        attention = (width, sizes.heads, sizes.places, sizes.hidden or 2 * width, sizes.kind)
        self.modes = sizes.modes
        self.lift = nn.Linear(in_channels + sizes.places, width)
        self.before = nn.ModuleList(SpectralLayer(*spectral, True, convolution) for _ in range(sizes.before))
        self.encoder = nn.ModuleList(EncoderLayer(*attention) for _ in range(sizes.layers))
        self.decoder = nn.ModuleList(
            SpectralLayer(*spectral, i < last, convolution) for i in range(sizes.decoder)
        )
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, out_channels)
        )

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        waves = self.waves(field)
        places, weights = self.places(field), field.quadrature
        x = self.lift(torch.cat([field.values, places], 2))
        for layer in self.before:
            x = layer(x, waves, weights)
        for layer in self.encoder:
            x = layer(x, places, weights)
        for layer in self.decoder:
            x = layer(x, waves, weights)
        out: Tensor = self.project(x)
        return out

    @abstractmethod
    def waves(self, field: Field) -> Tensor:
        """Return the spectral layers' basis at the points, or refuse points that do not carry it."""

    @abstractmethod
    def places(self, field: Field) -> Tensor:
        """Return the position features (B, n, places) of lift and attention."""


class GalerkinTransformer1d(GalerkinTransformer):
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
        sizes = Sizes(width, layers, heads, modes, hidden, kind, before, decoder, 2 * positions)
        super().__init__(in_channels, out_channels, sizes, SpectralConvolution)
        self.positions = positions

    def waves(self, field: Field) -> Tensor:
        """Return the Fourier basis (B, n, 2 modes − 1)."""
        check_grid(field.values.shape[1], self.modes)
        return basis(field.positions, self.modes)

    def places(self, field: Field) -> Tensor:
        """Return (cos 2πx, sin 2πx), or nothing."""
        return on_circle(field.positions) if self.positions else field.positions[..., :0]


@dataclass(frozen=True)
class GalerkinSpec(ModelSpec):
    """The sizes of `GalerkinTransformer1d`, whose arguments they are."""

    name: ClassVar[str] = "galerkin"
    width: int = 64
    layers: int = 4
    modes: int = 16
    heads: int = 1
    before: int = 0
    decoder: int = 2
    positions: bool = True

    def build(self, maps: Signature) -> GalerkinTransformer1d:
        """Return the model."""
        return GalerkinTransformer1d(maps.in_channels, maps.out_channels, **asdict(self))

    def least_parameters(self, maps: Signature) -> int:
        """Return what encoder layers, spectral layers and channels take."""
        spectral = (self.before + self.decoder) * ((2 * self.modes - 1) * self.width**2 + 1)
        encoder = self.layers * (8 * self.width**2 + 1)
        return spectral + encoder + (maps.in_channels + maps.out_channels) * self.width

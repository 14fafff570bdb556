"""The Fourier neural operator in one dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.layers import SpectralLayer, on_circle
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import basis, check_grid


class FNO(NeuralOperator):
    """Spectral layers between a point-wise lift and a point-wise projection.

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Channels inside.
        layers: Number of spectral layers.
        modes: Fourier modes of each.
        positions: Whether the lift is given the positions, on a circle; without, shifts commute with the map.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 64,
        layers: int = 4,
        modes: int = 16,
        positions: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.modes, self.positions = modes, positions
        self.lift = nn.Linear(in_channels + 2 * positions, width)
        last = layers - 1
        self.layers = nn.ModuleList(SpectralLayer(width, modes, index < last) for index in range(layers))
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, out_channels)
        )

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes)
        places = [on_circle(field.positions)] if self.positions else []
        x = self.lift(torch.cat([field.values, *places], 2))
        waves, weights = basis(field.positions, self.modes), field.quadrature
        for layer in self.layers:
            x = layer(x, waves, weights)
        out: Tensor = self.project(x)
        return out


@dataclass(frozen=True)
class FNOSpec(ModelSpec):
    """The sizes of `FNO`, whose arguments they are."""

    name: ClassVar[str] = "fno"
    width: int = 64
    layers: int = 4
    modes: int = 16
    positions: bool = True

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return as many spectral layers as a Galerkin transformer of these sizes has layers."""
        return super().sized({**sizes, "layers": sizes["before"] + sizes["layers"] + sizes["decoder"]})

    def build(self, maps: Signature) -> FNO:
        """Return the model."""
        return FNO(maps.in_channels, maps.out_channels, **asdict(self))

    def least_parameters(self, maps: Signature) -> int:
        """Return what the spectral layers and the channels take."""
        spectral = self.layers * ((2 * self.modes - 1) * self.width**2 + 1)
        return spectral + (maps.in_channels + maps.out_channels) * self.width

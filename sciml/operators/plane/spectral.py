"""Spectral networks on grids of a plane, with feed-forward blocks or attention between the layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from sciml.arguments import check_choice, check_count
from sciml.errors import ArgumentError
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.galerkin2d import walled
from sciml.operators.models.layers import EncoderLayer, Feedforward, on_circle
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.plane.grid import BOUNDARIES, PlaneGrid, axis_waves
from sciml.runs.described import picked

START = 0.5  # size of what a new convolution makes of a mode of size one


class PlaneSpectralLayer(nn.Module):
    r"""A convolution by a complex matrix for each low mode, beside a point-wise map, then SiLU.

    $$(\kappa*v)(x)=\mathrm{Re}\sum_{|k_x|<K,0\le k_y<K}R_k\hat v_k\,e^{2\pi ik\cdot x/P}$$

    The transform is separable: two products with small matrices along each axis, O(n m (n + m) c) and no more
    memory than the function, on any grid.

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021.

    Args:
        channels: Channels of v and of the result, c.
        modes: K.
        activate: Whether SiLU follows.
    """

    def __init__(self, channels: int, modes: int, activate: bool = True) -> None:
        super().__init__()
        self.modes, self.activate = check_count("modes", modes, 2), activate
        scale = START / math.sqrt(channels)
        self.matrices = nn.Parameter(scale * torch.randn(2, 2 * modes**2, channels, channels))
        self.pointwise = nn.Linear(channels, channels)

    def forward(self, v: Tensor, waves: tuple[Tensor, Tensor], weighted: tuple[Tensor, Tensor]) -> Tensor:
        """Return the layer's output (B, n, m, c).

        Args:
            v: (B, n, m, c).
            waves: `axis_waves` of both axes.
            weighted: The same times the weights.
        """
        modes = self.multiplied(along(v, weighted))
        out = along(modes, (waves[0].T, waves[1].T)) + self.pointwise(v)
        return silu(out) if self.activate else out

    def multiplied(self, modes: Tensor) -> Tensor:
        """Return the modes of the convolution: products of cosines and sines, (B, 2K, 2K, c)."""
        K, (B, c) = self.modes, (len(modes), modes.shape[3])
        cc, cs, sc, ss = (part for half in modes.split(K, 1) for part in half.split(K, 2))
        plus = torch.complex(cc - ss, -(sc + cs))  # of e^{-i(kx + ly)}
        minus = torch.complex(cc + ss, sc - cs)  # of e^{-i(-kx + ly)}
        both = torch.stack([plus, minus], 1).reshape(B, 2 * K * K, c).transpose(0, 1)
        turned = torch.bmm(both, torch.complex(*self.matrices)).transpose(0, 1).reshape(B, 2, K, K, c)
        (p, m), (q, r) = turned.real.unbind(1), turned.imag.unbind(1)
        upper, lower = torch.cat([p + m, -q - r], 2), torch.cat([r - q, m - p], 2)
        return torch.cat([upper, lower], 1)


def along(values: Tensor, matrices: tuple[Tensor, Tensor]) -> Tensor:
    """Return values (B, n, m, c) with a matrix applied along x and another along y."""
    first, second = matrices
    B, n, m, c = values.shape
    x = (first @ values.reshape(B, n, m * c)).reshape(B * len(first), m, c)
    out: Tensor = (second @ x).reshape(B, len(first), len(second), c)
    return out


class PlaneNetwork(NeuralOperator):
    """A lift, spectral layers, point-wise or attention blocks, spectral layers again, and a projection.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Channels inside, d.
        layers: Number of blocks between the spectral layers.
        modes: Fourier modes in each direction.
        before: Spectral layers before the blocks.
        decoder: Spectral layers after them.
        heads: Heads of Galerkin attention in each block; without any, a block is x ← x + FFN(x).
        boundary: "periodic", "zero" (outputs vanish at the walls) or "free".
        positions: Whether lift and attention are given the positions.
        period: Of the waves where the square has walls: above 1, so that opposite walls are not neighbours.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 32,
        layers: int = 2,
        modes: int = 12,
        before: int = 2,
        decoder: int = 2,
        heads: int = 0,
        boundary: str = "free",
        positions: bool = True,
        period: float = 1.25,
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.boundary = check_choice("boundary", boundary, BOUNDARIES)
        self.modes, self.positions, self.heads = modes, positions, heads
        self.period = 1.0 if boundary == "periodic" else period
        places = (4 if boundary == "periodic" else 2) * positions
        self.lift = nn.Linear(in_channels + places, width)
        self.before = nn.ModuleList(PlaneSpectralLayer(width, modes) for _ in range(before))
        self.blocks = nn.ModuleList(
            EncoderLayer(width, heads, places, 2 * width, "galerkin")
            if heads
            else Feedforward(width, 2 * width)
            for _ in range(layers)
        )
        last = decoder - 1
        self.decoder = nn.ModuleList(PlaneSpectralLayer(width, modes, i < last) for i in range(decoder))
        self.project = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, out_channels)
        )

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points, an n × m grid."""
        grid = PlaneGrid.of(field, self.boundary == "periodic")
        self._check(grid)
        waves = axis_waves(grid.x, self.modes, self.period), axis_waves(grid.y, self.modes, self.period)
        weighted = tuple(wave * w / self.period for wave, w in zip(waves, grid.weights, strict=True))
        places = self.places(field.positions)
        x = self.lift(torch.cat([field.values, places], 2))
        x = self._spectral(self.before, x, grid.shape, waves, weighted)
        weights = torch.outer(*grid.weights).flatten().expand(len(x), -1)
        for block in self.blocks:
            x = block(x, places, weights) if self.heads else x + block(x)
        out: Tensor = self.project(self._spectral(self.decoder, x, grid.shape, waves, weighted))
        return out * walled(field.positions) if self.boundary == "zero" else out

    def scaled_output(self, values: Tensor) -> Tensor:
        """Return outputs in their scale; where they vanish at walls no mean is taken out."""
        return values / self.output_scale if self.boundary == "zero" else super().scaled_output(values)

    @torch.no_grad()
    def scale_to(self, inputs: Tensor, outputs: Tensor, centred: bool = True) -> None:
        """Take means and sizes of the training data; outputs that vanish at walls keep their mean."""
        super().scale_to(inputs, outputs, centred)
        if self.boundary == "zero":
            self.output_mean.zero_()
            self.output_scale.copy_(outputs.square().mean((0, 1)).sqrt().clamp(min=1e-300))

    def places(self, positions: Tensor) -> Tensor:
        """Return the positions, on a torus where the square is periodic, or nothing."""
        if not self.positions:
            return positions[..., :0]
        return on_circle(positions) if self.boundary == "periodic" else positions

    def _spectral(
        self,
        layers: nn.ModuleList,
        x: Tensor,
        shape: tuple[int, int],
        waves: tuple[Tensor, Tensor],
        weighted: tuple[Tensor, ...],
    ) -> Tensor:
        out = x.unflatten(1, shape)
        for layer in layers:
            out = layer(out, waves, weighted)
        flat: Tensor = out.flatten(1, 2)
        return flat

    def _check(self, grid: PlaneGrid) -> None:
        for name, points in zip("xy", grid.shape, strict=True):
            if points < 2 * self.modes - 1:
                raise ArgumentError(
                    f"positions: got {points} values of {name}, expected at least {2 * self.modes - 1} for "
                    f"{self.modes} modes each way; lower modes"
                )


@dataclass(frozen=True)
class PlaneSpectralSpec(ModelSpec):
    """The sizes of `PlaneNetwork`, whose arguments they are."""

    name: ClassVar[str] = "spectral-2d"
    dimensions: ClassVar[int] = 2
    width: int = 32
    layers: int = 2
    modes: int = 12
    before: int = 2
    decoder: int = 2
    heads: int = 0
    walls: int = 0
    positions: bool = True

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the recipe's sizes; what tells the models apart is theirs."""
        return picked(cls, {**sizes, "heads": cls.heads})

    def build(self, maps: Signature) -> PlaneNetwork:
        """Return the model."""
        sizes = {**asdict(self), "boundary": BOUNDARIES[self.walls]}
        sizes.pop("walls")
        return PlaneNetwork(maps.in_channels, maps.out_channels, **sizes)

    def least_parameters(self, maps: Signature) -> int:
        """Return what spectral layers, blocks and channels take."""
        spectral = (self.before + self.decoder) * (4 * self.modes**2 * self.width**2 + 1)
        blocks = self.layers * (4 * self.width**2 + 1)
        return spectral + blocks + (maps.in_channels + maps.out_channels) * self.width


@dataclass(frozen=True)
class PlaneGalerkinSpec(PlaneSpectralSpec):
    """The same with Galerkin attention in each block."""

    name: ClassVar[str] = "galerkin-2d"
    heads: int = 4


@dataclass(frozen=True)
class PlaneFNOSpec(PlaneSpectralSpec):
    """Spectral layers alone, as many as the others have layers of both kinds."""

    name: ClassVar[str] = "fno-2d"
    layers: int = 0
    decoder: int = 4

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return a spectral layer for each of the others' blocks."""
        decoder = sizes["layers"] + sizes["decoder"]
        return super().sized({**sizes, "layers": 0, "decoder": decoder})

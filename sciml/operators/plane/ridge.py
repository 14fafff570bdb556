"""Ridge regression of functions of a plane, linear or with a Gaussian kernel: what a network must beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from sciml.arguments import check_choice, check_count
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.ridge import HELD, LEAST, ridges
from sciml.operators.models.ridge import PENALTIES as LINEAR
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.plane.grid import BOUNDARIES, PlaneGrid, axis_basis
from sciml.operators.plane.spectral import along

PENALTIES = tuple(10.0**power for power in range(-12, 0))  # of a kernel, times its largest eigenvalue
LENGTHS = (1.0, 3.0, 10.0)  # squared lengths of the Gaussian kernel, times the mean squared size
SEEN = 8  # modes in each direction that the kernel sees, the higher ones less
FADING = 0.15  # how much less
MOST = 32  # modes in each direction of inputs and outputs


class PlaneRidge(NeuralOperator):
    r"""Kernel ridge regression on modes of the inputs, $\hat v=\hat v_0+\sum_ik(\hat u,\hat u_i)\alpha_i$.

    The kernel is linear, of all modes, which is an affine map; or Gaussian, of the 8 × 8 lowest. Which, its
    length and the penalty are those that do best on a fifth of the samples, which are then used too. Modes
    are waves on a torus, cosines where the square has walls, and sines of outputs that vanish there. All is
    float64.

    Args:
        samples: Pairs that it keeps.
        modes: Modes in each direction of inputs and outputs.
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        boundary: "periodic", "zero" (of the outputs) or "free".
    """

    centre: Tensor
    matrix: Tensor
    known: Tensor
    factors: Tensor
    middle: Tensor
    length: Tensor

    def __init__(
        self,
        samples: int,
        modes: int = 16,
        in_channels: int = 1,
        out_channels: int = 1,
        boundary: str = "free",
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.modes = check_count("modes", modes)
        self.boundary = check_choice("boundary", boundary, BOUNDARIES)
        rows, columns = (channels * modes**2 for channels in (in_channels, out_channels))
        self.register_buffer("centre", torch.zeros(rows, dtype=torch.float64))
        self.register_buffer("matrix", torch.zeros(rows, columns, dtype=torch.float64))
        self.register_buffer("known", torch.zeros(samples, rows, dtype=torch.float64))
        self.register_buffer("factors", torch.zeros(samples, columns, dtype=torch.float64))
        self.register_buffer("middle", torch.zeros(columns, dtype=torch.float64))
        self.register_buffer("length", torch.zeros((), dtype=torch.float64))

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        grid = PlaneGrid.of(field, self.boundary == "periodic")
        seen = self._modes(field.values, grid, self._inputs) - self.centre
        out = self.middle + seen @ self.matrix
        if self.length > 0:
            out = out + self._kernel(seen, self.known, float(self.length)) @ self.factors
        modes = out.unflatten(1, (self.modes, self.modes, -1))
        basis = tuple(axis_basis(x.double(), self.modes, self.boundary).T for x in (grid.x, grid.y))
        values: Tensor = along(modes, basis).flatten(1, 2).to(field.values.dtype)  # type: ignore[arg-type]
        return values

    @torch.no_grad()
    def fit(self, field: Field, outputs: Tensor) -> Self:
        """Find the factors from samples: inputs, and outputs (N, n m, c) on the same grid."""
        self.scale_to(field.values, outputs, centred=True)
        if self.boundary == "zero":
            self.output_mean.zero_()
        grid = PlaneGrid.of(field, self.boundary == "periodic")
        x = self._modes(self.scaled_input(field.values), grid, self._inputs)
        self.centre.copy_(x.mean(0))
        x = x - self.centre
        y = self._modes(self.scaled_output(outputs), grid, self.boundary)
        held = torch.arange(len(x)) % HELD == 0
        trials = [
            (float((fitted - y[held]).square().sum()), length, penalty)
            for length in (0.0, *LENGTHS)
            for penalty, fitted in self._trial(x, y, held, length)
        ]
        _, length, penalty = min(trials)
        self.length.fill_(length)
        self.known.copy_(x)
        self.middle.copy_(y.mean(0))
        if length == 0:
            self.matrix.copy_(ridges(x, y - self.middle, (penalty,))[0])
        else:
            self.factors.copy_(_solved(self._kernel(x, x, length), y - self.middle, (penalty,))[0])
        return self

    def _trial(self, x: Tensor, y: Tensor, held: Tensor, length: float) -> list[tuple[float, Tensor]]:
        """Return what is predicted of the samples held out, for each penalty."""
        x, middle = x - x[~held].mean(0), y[~held].mean(0)
        if length == 0:
            every = ridges(x[~held], y[~held] - middle, LINEAR)
            return [(p, middle + x[held] @ W) for p, W in zip(LINEAR, every, strict=True)]
        kernel = self._kernel(x, x[~held], length)
        factors = _solved(kernel[~held], y[~held] - middle, PENALTIES)
        return [(p, middle + kernel[held] @ a) for p, a in zip(PENALTIES, factors, strict=True)]

    def _kernel(self, a: Tensor, b: Tensor, length: float) -> Tensor:
        """Return the Gaussian kernel of modes (i, F) and (j, F)."""
        a, b = self._seen(a), self._seen(b)
        size = b.square().sum(1).mean().clamp(min=LEAST)
        return (-torch.cdist(a, b).square() / (2 * length * size)).exp()

    def _seen(self, modes: Tensor) -> Tensor:
        """Return the lowest modes, higher ones smaller."""
        K = min(SEEN, self.modes)
        low = modes.unflatten(1, (self.modes, self.modes, -1))[:, :K, :K]
        k = torch.arange(K, dtype=modes.dtype, device=modes.device)
        seen: Tensor = (low / (1 + FADING * (k[:, None].square() + k.square()))[..., None]).flatten(1)
        return seen

    @property
    def _inputs(self) -> str:
        """The functions along an axis by which inputs are seen: those of the outputs, but no sines."""
        return "periodic" if self.boundary == "periodic" else "free"

    def _modes(self, values: Tensor, grid: PlaneGrid, boundary: str) -> Tensor:
        """Return the coefficients (B, modes² c), zero of those that the grid does not hold."""
        basis = []
        for x, w in zip((grid.x.double(), grid.y.double()), grid.weights, strict=True):
            held = torch.arange(self.modes, device=x.device) < _held(len(x), boundary)
            weighted = axis_basis(x, self.modes, boundary) * w.double() * held[:, None]
            basis.append(_last_halved(weighted, len(x), boundary))
        return along(values.double().unflatten(1, grid.shape), (basis[0], basis[1])).flatten(1)


def _held(points: int, boundary: str) -> int:
    """Return how many functions along an axis its points tell apart."""
    return {"free": points, "zero": points - 2, "periodic": points}[boundary]


def _last_halved(weighted: Tensor, points: int, boundary: str) -> Tensor:
    """Return the weights of the transform; the highest cosine that a grid holds has twice the norm."""
    last = points - 1
    alone = boundary == "free" or (boundary == "periodic" and points % 2 == 0)
    if alone and last < len(weighted) and last > 0:
        weighted[last] = weighted[last] / 2
    return weighted


def _solved(kernel: Tensor, y: Tensor, penalties: tuple[float, ...]) -> list[Tensor]:
    """Return (K + λ)⁻¹ y for each penalty, a share of the largest eigenvalue."""
    values, vectors = torch.linalg.eigh((kernel + kernel.T) / 2)
    values = values.clamp(min=0)
    top, projected = values[-1].clamp(min=LEAST), vectors.T @ y
    return [vectors @ (projected / (values + p * top).clamp(min=LEAST)[:, None]) for p in penalties]


@dataclass(frozen=True)
class PlaneRidgeSpec(ModelSpec):
    """The sizes of `PlaneRidge`."""

    name: ClassVar[str] = "ridge-2d"
    solved: ClassVar[bool] = True
    dimensions: ClassVar[int] = 2
    samples: int = 1
    modes: int = 16
    walls: int = 0

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the recipe's modes of a regression, for the samples that there are."""
        return cls(sizes["samples"], sizes["input_modes"], sizes["walls"])

    def build(self, maps: Signature) -> PlaneRidge:
        """Return the model."""
        channels = maps.in_channels, maps.out_channels
        return PlaneRidge(self.samples, self.modes, *channels, boundary=BOUNDARIES[self.walls])

    def least_parameters(self, maps: Signature) -> int:
        """Return what the samples' modes and factors take."""
        a, b = self.modes**2 * maps.in_channels, self.modes**2 * maps.out_channels
        return self.samples * (a + b) + a * b

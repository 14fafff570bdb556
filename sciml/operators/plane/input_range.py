"""Whether a function of a plane is like those an operator was trained on."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.operators.input_range import InputRange
from sciml.operators.models.field import Field
from sciml.operators.models.spectral2d import half_plane
from sciml.operators.plane.grid import PlaneGrid, axis_basis
from sciml.operators.plane.spectral import along

COSINES = 4  # in each direction that are looked at one by one where there are walls; those above, together
WAVES = 3  # on a torus, |kx|, |ky| below that, by their size alone, which no shift changes


class PlaneRange(InputRange):
    """The training inputs' spread in each low mode, and in all above together.

    Modes are products of cosines or, on a torus, waves.
    """

    def __init__(self, channels: int = 1, periodic: bool = False) -> None:
        modes = len(half_plane(WAVES)) if periodic else COSINES**2 - 1
        super().__init__(modes, channels)
        self.periodic = periodic

    def _channel(self, field: Field) -> Tensor:
        grid = PlaneGrid.of(field, self.periodic)
        values = field.values[..., 0].double().unflatten(1, grid.shape)
        weights = torch.outer(*(w.double() for w in grid.weights))
        whole = (weights * values.square()).sum((1, 2))
        energies = _waves(values) if self.periodic else _cosines(values, grid)
        rest = (whole - energies.sum(1)).clamp(min=0)
        return torch.cat([energies, rest[:, None]], 1).sqrt()


def _cosines(values: Tensor, grid: PlaneGrid) -> Tensor:
    basis = [
        axis_basis(x.double(), COSINES, "free") * w.double()
        for x, w in zip((grid.x, grid.y), grid.weights, strict=True)
    ]
    return along(values[..., None], (basis[0], basis[1])).flatten(1).square()


def _waves(values: Tensor) -> Tensor:
    """Return the energies of the mean and of each low pair k, −k."""
    found = torch.fft.fft2(values, norm="forward")
    k = half_plane(WAVES).to(values.device)
    paired = 2 * found[:, k[:, 0], k[:, 1]].abs().square()
    return torch.cat([found[:, :1, 0].abs().square(), paired], 1)

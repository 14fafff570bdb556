"""The grid that a field's points are: n × m points of the unit square, y running fastest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self, get_args

import torch
from torch import Tensor

from sciml.errors import ArgumentError
from sciml.operators.check import rows
from sciml.operators.models.field import Field

Boundary = Literal["periodic", "zero", "free"]
BOUNDARIES: tuple[Boundary, ...] = get_args(Boundary)
SAME = 1e-4  # of an axis: coordinates that differ by less are the same line


@dataclass(frozen=True, eq=False)
class PlaneGrid:
    """Coordinates along both axes, and the weights of the rule that belongs to them.

    Attributes:
        x: (n,), increasing.
        y: (m,).
        periodic: Whether the right end of each axis is left out.
    """

    x: Tensor
    y: Tensor
    periodic: bool = False

    @classmethod
    def of(cls, field: Field, periodic: bool) -> Self:
        """Return the grid of a field's points.

        Raises:
            ArgumentError: If they are no grid, the same for each function, with y running fastest.
        """
        rows("positions", field.positions, 2)
        points = field.positions[0]
        m = int((points[:, 0] - points[0, 0]).abs().lt(SAME).sum())
        if m < 2 or len(points) % m or len(points) == m or field.mask is not None:
            raise _no_grid()
        placed = points.unflatten(0, (-1, m))
        x, y = placed[:, 0, 0], placed[0, :, 1]
        off = torch.stack([(placed[..., 0] - x[:, None]).abs().max(), (placed[..., 1] - y).abs().max()])
        if float(off.max()) > SAME:
            raise _no_grid()
        return cls(x, y, periodic)

    @property
    def shape(self) -> tuple[int, int]:
        """Points along x and y."""
        return len(self.x), len(self.y)

    @property
    def points(self) -> Tensor:
        """All points (n m, 2)."""
        return torch.cartesian_prod(self.x, self.y)

    @property
    def weights(self) -> tuple[Tensor, Tensor]:
        """Quadrature weights along each axis, of sum one."""
        return _weights(self.x, self.periodic), _weights(self.y, self.periodic)


def even_grid(n: int, m: int, periodic: bool) -> PlaneGrid:
    """Return the even grid of the unit square, without the right ends where it is periodic."""
    x, y = (torch.arange(k, dtype=torch.float64) / (k if periodic else k - 1) for k in (n, m))
    return PlaneGrid(x, y, periodic)


def axis_waves(x: Tensor, modes: int, period: float) -> Tensor:
    """Return cos 2πkx/P and sin 2πkx/P for k = 0, …, modes − 1: (2 modes, n)."""
    k = torch.arange(modes, dtype=x.dtype, device=x.device)
    angle = 2 * math.pi / period * k[:, None] * x
    return torch.cat([angle.cos(), angle.sin()])


def axis_basis(x: Tensor, modes: int, boundary: str) -> Tensor:
    """Return orthonormal functions along an axis, (modes, n): waves, cosines, or sines of zero ends."""
    k = torch.arange(modes, dtype=x.dtype, device=x.device)[:, None]
    root = math.sqrt(2)
    if boundary == "zero":
        return root * (math.pi * (k + 1) * x).sin()
    if boundary == "free":
        return (math.pi * k * x).cos() * torch.where(k > 0, x.new_tensor(root), x.new_tensor(1.0))
    order = (k + 1).div(2, rounding_mode="floor")
    angle = 2 * math.pi * order * x
    return torch.where(k == 0, 1.0, root * torch.where(k % 2 == 1, angle.cos(), angle.sin()))


def _weights(x: Tensor, periodic: bool) -> Tensor:
    """Return the trapezoidal rule's weights, or equal ones of a period."""
    if periodic:
        return torch.full_like(x, 1 / len(x))
    steps = x.diff()
    w = torch.zeros_like(x)
    w[:-1] += steps / 2
    w[1:] += steps / 2
    return w / w.sum()


def _no_grid() -> ArgumentError:
    return ArgumentError(
        "positions: expected an n × m grid of a plane, the same for every function, y running fastest: "
        "np.stack(np.meshgrid(x, y, indexing='ij'), -1).reshape(-1, 2)"
    )

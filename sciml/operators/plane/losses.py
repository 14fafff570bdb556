"""The relative error of functions on a grid of a plane, with derivatives by differences."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.operators.losses import FLOOR, ROUND, TINY
from sciml.operators.plane.grid import PlaneGrid


@dataclass(frozen=True, eq=False)
class PlaneH1:
    r"""The mean relative error in the norm $\|u\|^2=\langle u^2\rangle+\gamma\langle|\nabla u|^2\rangle$.

    Means are over the grid; derivatives are differences of neighbours, across the seam of a period too.

    Attributes:
        grid: Where the values are.
        gamma: Weight γ of the derivative.
        floor: Targets whose squared norm is smaller count as that large.
    """

    grid: PlaneGrid
    gamma: float = 0.1
    floor: float = 0.0

    @classmethod
    def above(cls, grid: PlaneGrid, gamma: float, targets: Tensor) -> PlaneH1:
        """Return the loss whose floor is a share of the median norm of these targets."""
        return cls(grid, gamma, FLOOR**2 * float(cls(grid, gamma).squared(targets).median()))

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the loss of values (B, n m, c)."""
        error, size = (self.squared(part) for part in (prediction - target, target))
        size = size.clamp(min=self.floor)
        return (error / torch.where(size > 0, size, TINY) + ROUND).sqrt().mean()

    def squared(self, values: Tensor) -> Tensor:
        """Return the squared norm of every function (B, n m, c), (B,)."""
        placed = values.unflatten(1, self.grid.shape)
        along, across = self._slopes(placed, 1, self.grid.x), self._slopes(placed, 2, self.grid.y)
        squares: Tensor = placed.square().mean((1, 2)).sum(1) + self.gamma * (along + across)
        return squares

    def _slopes(self, placed: Tensor, axis: int, x: Tensor) -> Tensor:
        """Return the mean square of the derivative along an axis, (B,)."""
        step = float(x[1] - x[0])
        differences = placed.roll(-1, axis) - placed if self.grid.periodic else placed.diff(dim=axis)
        slopes: Tensor = (differences / step).square().mean((1, 2)).sum(1)
        return slopes

"""The dark squares of a board."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.flows.densities.density import AbstractDensity, drawing, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Checkerboard(AbstractDensity):
    """Uniform on every second of squares × squares squares that fill [-reach, reach]², zero elsewhere.

    Attributes:
        squares: along a side, even.
        reach: half the side of the board.
    """

    squares: int = 4
    reach: float = 4.0

    def __post_init__(self) -> None:
        if check_count("squares", self.squares, 2) % 2:
            raise ArgumentError(f"squares: got {self.squares}, expected an even number")
        positive(reach=self.reach)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), -inf off the dark squares, for x of shape (n, 2)."""
        where = np.floor((points(x, 2) + self.reach) / self._side)
        on = ((where >= 0) & (where < self.squares)).all(1) & (where.sum(1) % 2 == 0)
        return np.where(on, -math.log(2 * self.reach**2), -np.inf)

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, 2)."""
        rng = drawing(n, seed)
        row, half = rng.integers(0, self.squares, n), rng.integers(0, self.squares // 2, n)
        corner = np.column_stack([row, 2 * half + row % 2])
        return self._side * (corner + rng.uniform(0, 1, (n, 2))) - self.reach

    @property
    def _side(self) -> float:
        return 2 * self.reach / self.squares

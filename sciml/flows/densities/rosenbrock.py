"""Curved, narrow valleys in many dimensions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.flows.densities.density import AbstractDensity, drawing, log_normal, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Rosenbrock(AbstractDensity):
    """The hybrid Rosenbrock density: blocks of a chain that start from one shared root.

    x₁ ~ N(1, spread²); in each block x_j | x_{j-1} ~ N(x_{j-1}², noise²), where the first x_{j-1} is x₁.

    Reference: Pagani, Wiegand and Nadarajah, An n-dimensional Rosenbrock distribution for Markov chain Monte
    Carlo testing, Scandinavian Journal of Statistics 49, 2022.

    Attributes:
        blocks: chains.
        length: columns of a chain, without the root.
        spread: standard deviation of the root.
        noise: standard deviation across the valley.
    """

    blocks: int = 3
    length: int = 3
    spread: float = 0.5
    noise: float = 0.2

    def __post_init__(self) -> None:
        positive(blocks=self.blocks, length=self.length, spread=self.spread, noise=self.noise)

    @property
    def features(self) -> int:
        """Columns of x."""
        return 1 + self.blocks * self.length

    @property
    def parents(self) -> Array:
        """The column of each column's parent, from the second column on."""
        columns = np.arange(1, self.features)
        return np.where(columns % self.length == 1 % self.length, 0, columns - 1)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, features)."""
        rows = points(x, self.features)
        root = log_normal(rows[:, 0], 1.0, self.spread)
        log_density: Array = root + log_normal(rows[:, 1:], rows[:, self.parents] ** 2, self.noise).sum(1)
        return log_density

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, features)."""
        rows = drawing(n, seed).standard_normal((n, self.features))
        rows[:, 0] = 1 + self.spread * rows[:, 0]
        for column, parent in enumerate(self.parents, 1):
            rows[:, column] = rows[:, parent] ** 2 + self.noise * rows[:, column]
        return rows

"""Neal's funnel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sciml.flows.densities.density import AbstractDensity, drawing, log_normal, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Funnel(AbstractDensity):
    """v ~ N(0, spread²), x_i | v ~ N(0, e^v); the columns are v, x₁, x₂, ….

    Reference: Neal, Slice sampling, Annals of Statistics 31, 2003.

    Attributes:
        features: columns, v included.
        spread: standard deviation of v.
    """

    features: int = 10
    spread: float = 3.0

    def __post_init__(self) -> None:
        positive(features=self.features, spread=self.spread)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, features)."""
        rows = points(x, self.features)
        v, others = rows[:, :1], rows[:, 1:]
        with np.errstate(over="ignore", divide="ignore"):  # far out a density of zero is right
            squares = np.exp(2 * np.log(np.abs(others)) - v)
        widths = (v + math.log(2 * math.pi)) / 2
        log_density: Array = log_normal(v[:, 0], 0.0, self.spread) - (squares / 2 + widths).sum(1)
        return log_density

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, features)."""
        rows = drawing(n, seed).standard_normal((n, self.features))
        rows[:, 0] *= self.spread
        rows[:, 1:] *= np.exp(rows[:, :1] / 2)
        return rows

"""A bent normal density in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.flows.densities.density import AbstractDensity, drawing, log_normal, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Banana(AbstractDensity):
    """x₁ ~ N(0, spread²), x₂ | x₁ ~ N(curvature x₁², noise²).

    Reference: Papamakarios, Pavlakou and Murray, Masked autoregressive flow for density estimation, 2017.

    Attributes:
        curvature: of the parabola along which the density lies.
        spread: standard deviation of x₁.
        noise: standard deviation across the parabola.
    """

    curvature: float = 0.25
    spread: float = 2.0
    noise: float = 1.0

    def __post_init__(self) -> None:
        positive(spread=self.spread, noise=self.noise)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, 2)."""
        first, second = points(x, 2).T
        return log_normal(first, 0.0, self.spread) + log_normal(second, self.curvature * first**2, self.noise)

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, 2)."""
        first, second = drawing(n, seed).standard_normal((n, 2)).T
        first = self.spread * first
        return np.column_stack([first, self.curvature * first**2 + self.noise * second])

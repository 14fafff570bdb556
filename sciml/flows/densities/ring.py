"""A circle, blurred."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import i0e

from sciml.flows.densities.density import AbstractDensity, drawing, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Ring(AbstractDensity):
    """x = radius (cos t, sin t) + noise n with t uniform and n standard normal.

    p(x) = exp(-(|x|² + r²)/2s²) I₀(r|x|/s²) / 2πs² with r the radius, s the noise and I₀ the modified Bessel
    function of order zero.

    Attributes:
        noise: standard deviation of the blur.
        radius: of the circle.
    """

    noise: float = 0.2
    radius: float = 2.0

    def __post_init__(self) -> None:
        positive(noise=self.noise, radius=self.radius)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, 2)."""
        distance, variance = np.hypot(*points(x, 2).T), self.noise**2
        blur = -((distance - self.radius) ** 2) / (2 * variance) - math.log(2 * math.pi * variance)
        log_density: Array = blur + np.log(i0e(distance * self.radius / variance))
        return log_density

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, 2)."""
        rng = drawing(n, seed)
        t = rng.uniform(0, 2 * np.pi, n)
        circle = np.column_stack([np.cos(t), np.sin(t)])
        return self.radius * circle + self.noise * rng.standard_normal((n, 2))

"""Two interleaved half circles."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss

from sciml.flows.densities.density import AbstractDensity, drawing, points, positive
from sciml.numerics.domains import Array

CENTRE = np.array([0.5, 0.25])  # the point about which the two moons are each other's reflection


@dataclass(frozen=True)
class TwoMoons(AbstractDensity):
    """Two interleaved half circles, blurred by Gaussian noise.

    The first moon is c(t) = (cos t, sin t), the second its reflection 2m - c(t) at m = (½, ¼), t is uniform
    on [0, π], and p(u) = ½ Σ (1/π) ∫ N(u; moon(t), noise² I) dt by Gauss-Legendre quadrature. The shape is
    that of scikit-learn's `make_moons`; here x = scale (u - m), so that the mean is zero.

    Attributes:
        noise: standard deviation of the blur, where the circles have radius 1.
        scale: factor between that unit and the unit of x.
    """

    noise: float = 0.1
    scale: float = 1.0

    def __post_init__(self) -> None:
        positive(noise=self.noise, scale=self.scale)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, 2)."""
        return self._log_prob(points(x, 2), 1)

    def error(self, x: Array) -> float:
        """Return the largest change of `log_prob` at the points x when the quadrature is refined twice."""
        at = points(x, 2)
        change = self._log_prob(at, 2) - self._log_prob(at, 1)
        return float(np.abs(change).max(initial=0.0))

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, 2); the same seed gives the same draws."""
        rng = drawing(n, seed)
        t = rng.uniform(0, np.pi, n)
        moon = np.column_stack([np.cos(t), np.sin(t)]) - CENTRE
        sign = rng.choice([-1.0, 1.0], n)[:, None]
        draws: Array = self.scale * (sign * moon + self.noise * rng.standard_normal((n, 2)))
        return draws

    def _log_prob(self, x: Array, refine: int) -> Array:
        angles, weights = _composite(refine * max(4, math.ceil(1 / self.noise)))
        rows = max(1, 2**18 // len(angles))
        blocks = [x[i : i + rows] / self.scale for i in range(0, len(x), rows)]
        parts = [
            np.logaddexp(*(self._log_arc(CENTRE + s * u, angles, weights) for s in (1, -1))) for u in blocks
        ]
        return np.concatenate([np.empty(0), *parts]) - math.log(2 * self.scale**2)

    def _log_arc(self, u: Array, angles: Array, weights: Array) -> Array:
        """Return the log-density of the first moon alone."""
        dx, dy = u[:, :1] - np.cos(angles), u[:, 1:] - np.sin(angles)
        exponent = (dx**2 + dy**2) / (-2 * self.noise**2)
        top = exponent.max(1)
        mean = np.exp(exponent - top[:, None]) @ (weights / np.pi)
        log_density: Array = top + np.log(mean) - math.log(2 * math.pi * self.noise**2)
        return log_density


def _composite(panels: int) -> tuple[Array, Array]:
    """Return nodes and weights on [0, π]: Gauss-Legendre with 16 nodes on each of equal panels."""
    s, weights = leggauss(16)
    half = np.pi / (2 * panels)
    angles = half * (2 * np.arange(panels)[:, None] + 1 + s)
    return angles.ravel(), np.tile(half * weights, panels)

"""A linear model with Gaussian noise: the posterior is normal, and known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import multivariate_normal

from sciml.contracts.parameters import parameter
from sciml.flows.uses.problem import PosteriorProblem
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class LinearGaussianPosterior(PosteriorProblem):
    """The coefficients of a quadratic from noisy values: learned from simulations, held against the exact."""

    equation: ClassVar[str] = (
        "max_q E log q(theta | y),  theta ~ N(0, I),  y_i = theta . (1, t_i, t_i^2) + N(0, noise^2)"
    )
    method: ClassVar[str] = "the normal posterior of Bayesian linear regression"
    citation: ClassVar[str] = "D. V. Lindley, A. F. M. Smith, J. R. Stat. Soc. B 34 (1972) 1-41"

    noise: float = parameter(0.5, "standard deviation of the noise", low=0.05, high=10)
    points: int = parameter(6, "times t_i, evenly from -1 to 1", low=3, high=50)

    @property
    def design(self) -> Array:
        """The matrix of (1, t, t²), (points, 3)."""
        t = np.linspace(-1, 1, self.points)
        return np.stack([np.ones_like(t), t, t**2], 1)

    @property
    def observation(self) -> Array:
        """The values at θ = (0.5, −1, 1), without noise."""
        values: Array = self.design @ np.array([0.5, -1.0, 1.0])
        return values

    def prior(self, n: int, rng: np.random.Generator) -> Array:
        """Return standard normal coefficients, (n, 3)."""
        return rng.normal(size=(n, 3))

    def simulate(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return noisy values, (n, points)."""
        values: Array = theta @ self.design.T + self.noise * rng.normal(size=(len(theta), self.points))
        return values

    def log_posterior(self, theta: Array, x: Array) -> Array:
        """Return the log density of N(Σ Aᵀ x / noise², Σ) with Σ⁻¹ = I + AᵀA / noise²."""
        a = self.design / self.noise
        covariance = np.linalg.inv(np.eye(3) + a.T @ a)
        values: Array = multivariate_normal(np.zeros(3), covariance).logpdf(
            theta - x / self.noise @ a @ covariance
        )
        return values

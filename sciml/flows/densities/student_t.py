"""A correlated multivariate Student-t density."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln

from sciml.arguments import check_number
from sciml.flows.densities.density import AbstractDensity, correlated, drawing, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class CorrelatedStudentT(AbstractDensity):
    """The Student-t density of location 0 and shape matrix S_ij = correlation^|i-j|.

    p(x) = Γ((ν+d)/2) / (Γ(ν/2) (νπ)^(d/2) |S|^(1/2)) (1 + xᵀ S⁻¹ x / ν)^(-(ν+d)/2).

    Attributes:
        features: columns of x.
        degrees: of freedom, ν.
        correlation: of neighbouring columns, between -1 and 1.
    """

    features: int = 10
    degrees: float = 3.0
    correlation: float = 0.5

    def __post_init__(self) -> None:
        positive(features=self.features, degrees=self.degrees)
        check_number("correlation", self.correlation, above=-1, below=1)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, features)."""
        white = solve_triangular(self._factor, points(x, self.features).T, lower=True).T
        half, squares = (self.degrees + self.features) / 2, (white**2).sum(1)
        peak = gammaln(half) - gammaln(self.degrees / 2) - np.log(self._factor.diagonal()).sum()
        level = self.features / 2 * math.log(self.degrees * math.pi)
        log_density: Array = peak - level - half * np.log1p(squares / self.degrees)
        return log_density

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, features)."""
        rng = drawing(n, seed)
        normal = rng.standard_normal((n, self.features)) @ self._factor.T
        return normal * np.sqrt(self.degrees / rng.chisquare(self.degrees, n))[:, None]

    @property
    def _factor(self) -> Array:
        return correlated(self.features, self.correlation)

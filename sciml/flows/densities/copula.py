"""Margins of unlike tails, tied together by a normal copula."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import log_ndtr, ndtr, ndtri_exp

from sciml.arguments import check_number
from sciml.flows.densities.density import AbstractDensity, correlated, drawing, log_normal, points, positive
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class MixedTails(AbstractDensity):
    """Laplace margins in every second column, Student-t margins in the others, and a normal copula.

    p(x) = N(g; 0, R) Π f_i(x_i) / N(g_i; 0, 1) with g_i = Φ⁻¹(F_i(x_i)), where R_ij = correlation^|i-j|, and
    f_i and F_i are density and distribution function of margin i. No elliptical density has such tails.

    Reference: Nelsen, An introduction to copulas, 2006.

    Attributes:
        features: columns of x; the first is Laplace.
        degrees: of freedom of the Student-t margins.
        correlation: of neighbouring g_i, between -1 and 1.
    """

    features: int = 4
    degrees: float = 3.0
    correlation: float = 0.6

    def __post_init__(self) -> None:
        positive(features=self.features, degrees=self.degrees)
        check_number("correlation", self.correlation, above=-1, below=1)

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, features)."""
        rows = points(x, self.features)
        tails, margins = np.empty_like(rows), np.empty_like(rows)
        for column, values in enumerate(np.abs(rows).T):
            tails[:, column], margins[:, column] = self._margin(column, values)
        g = -np.sign(rows) * ndtri_exp(tails)
        white = solve_triangular(self._factor, g.T, lower=True).T
        joint = log_normal(white, 0.0, 1.0).sum(1) - np.log(self._factor.diagonal()).sum()
        log_density: Array = joint + (margins - log_normal(g, 0.0, 1.0)).sum(1)
        return log_density

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, features)."""
        from scipy.stats import t  # 0.4 CPU s, which only this density needs

        g = drawing(n, seed).standard_normal((n, self.features)) @ self._factor.T
        beyond = -np.abs(g)
        x = np.empty_like(g)
        x[:, ::2] = -math.log(2) - log_ndtr(beyond[:, ::2])
        x[:, 1::2] = t.isf(ndtr(beyond[:, 1::2]), self.degrees)
        return np.sign(g) * x

    def _margin(self, column: int, x: Array) -> tuple[Array, Array]:
        """Return the logarithms of 1 - F and of f at x ≥ 0."""
        if column % 2 == 0:
            return -x - math.log(2), -x - math.log(2)
        from scipy.stats import t

        return np.log(t.sf(x, self.degrees)), t.logpdf(x, self.degrees)

    @property
    def _factor(self) -> Array:
        return correlated(self.features, self.correlation)

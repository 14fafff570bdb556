"""What every exactly known density offers, and the checks that they share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cholesky, toeplitz

from sciml.arguments import check_count, check_number
from sciml.errors import ArgumentError, DataError
from sciml.numerics.domains import Array


class AbstractDensity(ABC):
    """A density that can be evaluated exactly and sampled exactly."""

    @abstractmethod
    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, of shape (n,), for x of shape (n, features)."""

    @abstractmethod
    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, of shape (n, features); the same seed gives the same draws."""

    def error(self, x: Array) -> float:
        """Return the largest error of `log_prob` at x, rounding aside: closed forms have none."""
        return 0.0


def points(x: ArrayLike, features: int) -> Array:
    """Return x, finite and of shape (n, features), in float64."""
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != features:
        raise ArgumentError(f"x: got the shape {values.shape}, expected (n, {features})")
    if not np.isfinite(values).all():
        raise DataError(f"x: NaN or infinite in row {np.argwhere(~np.isfinite(values))[0, 0]}")
    return values


def positive(**values: float) -> None:
    """Refuse what is not positive and finite."""
    for name, value in values.items():
        check_number(name, value, above=0)


def drawing(n: int, seed: int) -> np.random.Generator:
    """Return the source of n draws."""
    check_count("n", n, 0)
    return np.random.default_rng(check_count("seed", seed, 0))


def correlated(features: int, correlation: float) -> Array:
    """Return L with LLᵀ the matrix of correlation^|i - j|: so do neighbours of a chain correlate."""
    factor: Array = cholesky(toeplitz(float(correlation) ** np.arange(features)), lower=True)
    return factor


def log_normal(x: Array, mean: Array | float, std: Array | float) -> Array:
    """Return log N(x; mean, std²)."""
    return -0.5 * ((x - mean) / std) ** 2 - np.log(std) - 0.5 * math.log(2 * math.pi)

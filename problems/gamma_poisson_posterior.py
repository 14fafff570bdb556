"""Counts with an unknown rate: the posterior is a gamma density, bounded below and skew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import gamma

from sciml.contracts.parameters import parameter
from sciml.flows.uses.problem import PosteriorProblem
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class GammaPoissonPosterior(PosteriorProblem):
    """The rate of a Poisson process from a few counts: learned from simulations, held against the exact."""

    equation: ClassVar[str] = "max_q E log q(r | k),  r ~ Gamma(shape, 1),  k_1, ..., k_n ~ Poisson(r)"
    method: ClassVar[str] = "the gamma posterior"
    citation: ClassVar[str] = "H. Raiffa, R. Schlaifer, Applied Statistical Decision Theory, 1961"
    bounds: ClassVar[tuple[tuple[float | None, float | None], ...] | None] = ((0.0, None),)

    shape: float = parameter(2.0, "shape of the prior of the rate", low=0.5, high=50)
    counts: int = parameter(4, "counts n", low=1, high=50)

    @property
    def observation(self) -> Array:
        """Counts 0, 1, 2 in turn."""
        return np.arange(self.counts) % 3.0

    def prior(self, n: int, rng: np.random.Generator) -> Array:
        """Return rates, (n, 1)."""
        return rng.gamma(self.shape, size=(n, 1))

    def simulate(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return counts, (n, counts)."""
        return rng.poisson(theta, (len(theta), self.counts)).astype(float)

    def log_posterior(self, theta: Array, x: Array) -> Array:
        """Return the log density of Gamma(shape + Σ k, 1 + n)."""
        values: Array = gamma(self.shape + x.sum(1), scale=1 / (1 + self.counts)).logpdf(theta[:, 0])
        return values

"""Kernel density estimation as a base, to be compared with."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from sciml.flows.bases.base import AbstractBase
from sciml.tables.arrays import Array

BANDWIDTHS = tuple(np.geomspace(0.05, 1.5, 12).tolist())  # in units of the columns
MOST_ROWS = 5_000  # that carry a kernel


class KernelDensity(AbstractBase):
    """The mean of normal densities of one width around the rows fitted to.

    Args:
        features: Columns.
        estimator: scikit-learn's, fitted.
    """

    def __init__(self, features: int, estimator: Any) -> None:  # noqa: ANN401
        super().__init__(features)
        self.estimator = estimator

    @property
    def centers(self) -> Array:
        """The rows that carry a kernel, (n, features)."""
        return np.asarray(self.estimator.tree_.data)

    @property
    def width(self) -> float:
        """The deviation of each kernel."""
        return float(self.estimator.bandwidth_)

    @classmethod
    def fit(cls, z: Array, validation: Array, seed: int) -> Self:
        """Return the estimate around rows z, of the bandwidth best on validation rows."""
        from sklearn.neighbors import KernelDensity as Estimator

        rng = np.random.default_rng(seed)
        z, validation = (
            rows if len(rows) <= MOST_ROWS else rng.choice(rows, MOST_ROWS, replace=False)
            for rows in (z, validation)
        )
        fitted = [Estimator(bandwidth=width).fit(z) for width in BANDWIDTHS]
        return cls(z.shape[1], max(fitted, key=lambda each: float(each.score(validation))))

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        return torch.from_numpy(self.estimator.score_samples(z.numpy()))

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features)."""
        seed = int(torch.randint(2**31, (), generator=generator))
        return torch.from_numpy(self.estimator.sample(n, random_state=seed)).to(like)

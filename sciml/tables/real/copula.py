"""A Gaussian copula as a base, to be compared with: mixtures for the columns, and one correlation."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import torch
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri_exp
from torch import Tensor

from sciml.flows.bases.base import AbstractBase
from sciml.flows.transforms.whitening import shrinkage_of
from sciml.tables.arrays import Array

COUNTS = (1, 2, 3, 5)  # of components of a column; BIC chooses
FLOOR = 1e-4  # added to variances, in units of the columns
MOST_ROWS = 20_000  # looked at
LOG_2_PI = float(np.log(2 * np.pi))


class GaussianCopula(AbstractBase):
    r"""The density $N(u; 0, R) \prod_j f_j(z_j) / N(u_j; 0, 1)$ with $\Phi(u_j) = F_j(z_j)$.

    Args:
        features: Columns.
        margins: Weights, means and deviations of each column's mixture.
        correlation: R, (features, features).
    """

    def __init__(self, features: int, margins: list[tuple[Array, Array, Array]], correlation: Array) -> None:
        super().__init__(features)
        self.margins, self.correlation = margins, correlation

    @classmethod
    def fit(cls, z: Array, seed: int) -> Self:
        """Return the copula of rows z, (n, features), of columns of order one."""
        if len(z) > MOST_ROWS:
            z = np.random.default_rng(seed).choice(z, MOST_ROWS, replace=False)
        margins = [_margin(column, seed) for column in z.T]
        u = np.column_stack([_scores(x, *margin)[0] for x, margin in zip(z.T, margins, strict=True)])
        u = (u - u.mean(0)) / u.std(0)
        gram = u.T @ u / len(u)
        share = shrinkage_of(torch.from_numpy(u), torch.from_numpy(gram))
        return cls(z.shape[1], margins, (1 - share) * gram + share * np.eye(z.shape[1]))

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        pairs = [_scores(c, *m) for c, m in zip(z.double().numpy().T, self.margins, strict=True)]
        u, log_f = (np.column_stack(part) for part in zip(*pairs, strict=True))
        lower = np.linalg.cholesky(self.correlation)
        white = np.linalg.solve(lower, u.T).T
        apart = 0.5 * (u**2 - white**2).sum(1) - np.log(np.diag(lower)).sum()
        return torch.from_numpy(np.asarray(apart + log_f.sum(1)))

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Refuse: it is only compared with."""
        raise NotImplementedError("a copula is only compared with")


def _margin(x: Array, seed: int) -> tuple[Array, Array, Array]:
    """Return weights, means and deviations of the mixture of lowest BIC."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted: list[Any] = [
            GaussianMixture(count, reg_covar=FLOOR, random_state=seed).fit(x[:, None])
            for count in COUNTS
            if count * 3 <= len(x) or count == 1
        ]
    best = min(fitted, key=lambda each: float(each.bic(x[:, None])))
    return best.weights_, best.means_[:, 0], np.sqrt(best.covariances_[:, 0, 0])


def _scores(x: Array, weights: Array, means: Array, deviations: Array) -> tuple[Array, Array]:
    """Return normal scores u and log densities of numbers, computed from the nearer tail."""
    t = (x[:, None] - means) / deviations
    log_f = logsumexp(-0.5 * t**2 - np.log(deviations) - 0.5 * LOG_2_PI, axis=1, b=weights)
    below = logsumexp(log_ndtr(t), axis=1, b=weights)
    above = logsumexp(log_ndtr(-t), axis=1, b=weights)
    left = (weights * ndtr(t)).sum(1) < 0.5
    u = np.where(left, ndtri_exp(np.minimum(below, -1e-300)), -ndtri_exp(np.minimum(above, -1e-300)))
    return u, log_f

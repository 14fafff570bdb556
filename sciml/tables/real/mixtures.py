"""Mixtures of Gaussians by scikit-learn, their number and shape by the Bayesian information criterion."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sciml.flows.bases.mixture import GaussianMixture
from sciml.tables.arrays import Array

SHAPES = ("full", "tied", "diag")
COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20)  # of components; BIC chooses
FLOOR = 1e-4  # added to variances, in units of the columns
ROWS_EACH = 3  # the least number of rows a component, so that none is tried that must collapse
ALIKE = 0.99  # share of rows that are distinct, above which copies are left alone
MOST_ROWS = 20_000  # looked at


def fitted_mixture(z: Tensor, seed: int) -> GaussianMixture:
    """Return the mixture of lowest BIC for the rows z, (n, features), of columns of order one."""
    rows = z.detach().cpu().double().numpy()
    if len(rows) > MOST_ROWS:
        rows = np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False)
    estimator = _lowest(rows, seed)
    base = GaussianMixture(z.shape[1], len(estimator.weights_), dtype=z.dtype)
    factors = _factors(estimator.precisions_cholesky_, estimator.covariance_type, *estimator.means_.shape)
    below = base.below.numpy()
    base.load_state_dict(
        {
            "logits": torch.from_numpy(np.log(estimator.weights_)),
            "means": torch.from_numpy(estimator.means_),
            "log_diagonal": torch.from_numpy(np.log(np.diagonal(factors, axis1=1, axis2=2))),
            "lower": torch.from_numpy(factors[:, below[0], below[1]]),
        }
    )
    return base


def _lowest(rows: Array, seed: int) -> Any:  # noqa: ANN401
    """Return scikit-learn's mixture of lowest BIC, one start each."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture as Estimator

    best, lowest, distinct = None, np.inf, len(np.unique(rows, axis=0))
    distinct = distinct if distinct < ALIKE * len(rows) else len(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for shape in SHAPES:
            for count in (c for c in COUNTS if c * ROWS_EACH <= distinct or c == 1):
                tried = Estimator(count, covariance_type=shape, reg_covar=FLOOR, random_state=seed).fit(rows)
                value = _criterion(tried, rows, distinct)
                if value < lowest:
                    best, lowest = tried, value
    return best


def _criterion(estimator: Any, rows: Array, distinct: int) -> float:  # noqa: ANN401
    """Return the BIC of a mixture; copies of rows tell nothing new, and count once."""
    bic = float(estimator.bic(rows))
    if distinct == len(rows):
        return bic
    fitted = -2 * float(estimator.score(rows))  # a row
    parameters = (bic - fitted * len(rows)) / np.log(len(rows))
    return distinct * fitted + float(parameters * np.log(distinct))


def _factors(cholesky: Array, shape: str, count: int, features: int) -> Array:
    """Return the lower triangular A_k with precision A_kᵀ A_k, (count, features, features)."""
    if shape == "diag":
        return cholesky[:, :, None] * np.eye(features)
    if shape == "tied":
        cholesky = np.broadcast_to(cholesky, (count, features, features))
    return cholesky.transpose(0, 2, 1)

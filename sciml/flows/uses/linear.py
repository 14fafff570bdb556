"""Bayesian linear regression, the first guess of a posterior, and what a network has to beat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sciml.numerics.domains import Array

PENALTIES = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e3)  # of ridge regression, as a share of the rows
MOST = 500  # columns that are regressed on; wider simulations are left to the network
LEAST_RATIO = 2  # rows a column, below which there is no regression


class Linear(NamedTuple):
    """The density of u given s: normal with the mean W s + b and the covariance (FᵀF)⁻¹."""

    weight: Array
    shift: Array
    factor: Array

    def log_prob(self, u: Array, s: Array) -> Array:
        """Return log q(u | s), row by row."""
        v = (u - s @ self.weight.T - self.shift) @ self.factor.T
        half = 0.5 * (v**2).sum(1) + 0.5 * v.shape[1] * np.log(2 * np.pi)
        log_prob: Array = np.log(np.diag(self.factor)).sum() - half
        return log_prob


def regress(u: Array, s: Array, train: Array, held: Array) -> Linear:
    """Return the ridge regression of u (n, p) on s (n, m) on the rows `train` that does best on `held`."""
    if s.shape[1] > min(MOST, len(train) / LEAST_RATIO):
        s = np.zeros_like(s)  # nothing is regressed on: the density of u alone
    scored = [_ridge(u[train], s[train], penalty) for penalty in PENALTIES]
    return max(scored, key=lambda each: float(each.log_prob(u[held], s[held]).mean()))


def _ridge(u: Array, s: Array, penalty: float) -> Linear:
    center, middle = s.mean(0), u.mean(0)
    rows = s - center
    gram = rows.T @ rows / len(rows) + penalty * np.eye(rows.shape[1])
    weight = np.linalg.solve(gram, rows.T @ (u - middle) / len(rows)).T
    left = u - middle - rows @ weight.T
    covariance = left.T @ left / len(left)
    covariance += 1e-12 * np.trace(covariance) * np.eye(len(covariance))
    factor = np.linalg.inv(np.linalg.cholesky(covariance))
    return Linear(weight, middle - weight @ center, factor)

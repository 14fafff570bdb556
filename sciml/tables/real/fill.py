"""Fills missing cells from a density that is known, so that it can be divided out again."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sciml.flows.transforms.whitening import shrinkage_of
from sciml.tables.arrays import Array

Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

ROUNDS = 50  # of expectation-maximization
LEVEL = 1e-6  # change of a mean or correlation at which it has converged
NODES = 16  # fills of a row whose average density is the density of its observed cells
SEED = 0x5C1  # of the nodes, the same for every fit


class Fill(nn.Module):
    r"""The normal density q of missing cells given the observed ones, by mean and covariance of all rows.

    A row is completed by a draw from q. Where a model p of completed rows is right,
    p(x)/q(missing | observed) is the density of the observed cells; where it is not, its mean over draws
    still is $\int p\,d x_\text{missing}$, without bias.

    Reference: Little and Rubin, Statistical Analysis with Missing Data, 2002, chapter 11.

    Args:
        mean: (features,).
        scale: (features,), positive.
        correlation: (features, features).
    """

    mean: Tensor
    scale: Tensor
    correlation: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, correlation: Tensor) -> None:
        super().__init__()
        for name, value in (("mean", mean), ("scale", scale), ("correlation", correlation)):
            self.register_buffer(name, value.detach().clone().double())

    @classmethod
    def identity(cls, features: int) -> Self:
        """Return the standard normal, to be filled from a saved state."""
        return cls(torch.zeros(features), torch.ones(features), torch.eye(features))

    @classmethod
    def fit(cls, x: Array) -> Self:
        """Return mean and covariance of rows (n, features) with NaN where missing, by EM, shrunk."""
        mean, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
        z, middle = (x - mean) / scale, np.zeros(x.shape[1])
        spread = np.eye(x.shape[1])
        for _ in range(ROUNDS):
            fill = cls(*(torch.from_numpy(part) for part in (middle, np.ones_like(middle), spread)))
            full, extra = fill._expected(z)
            new = full.mean(0)
            centred = full - new
            gram = centred.T @ centred / len(z) + extra
            share = shrinkage_of(torch.from_numpy(centred), torch.from_numpy(gram))
            new_spread = (1 - share) * gram + share * np.diag(np.diag(gram))
            moved = max(float(np.abs(new - middle).max()), float(np.abs(new_spread - spread).max()))
            middle, spread = new, new_spread
            if moved < LEVEL:
                break
        return cls(torch.from_numpy(mean + scale * middle), torch.from_numpy(scale), torch.from_numpy(spread))

    def draw(self, x: Array, normal: Array) -> tuple[Array, Array]:
        """Return rows completed and log q of the fills, from standard normal numbers (n, features)."""
        z, log_q = self._standard(x), np.zeros(len(x))
        for missing, rows in patterns(z):
            mean, lower = self._conditional(z[rows], missing)
            noise = normal[rows][:, missing]
            z[np.ix_(rows, missing)] = mean + noise @ lower.T
            peak = np.log(np.diag(lower)).sum() + 0.5 * np.log(2 * np.pi) * missing.sum()
            log_q[rows] = -0.5 * (noise**2).sum(1) - peak - np.log(self.scale.numpy()[missing]).sum()
        return z * self.scale.numpy() + self.mean.numpy(), log_q

    def nodes(self, features: int) -> Array:
        """Return the fixed standard normal numbers of each fill, (NODES, features), in opposite pairs."""
        half = np.random.default_rng(SEED).standard_normal((NODES // 2, features))
        return np.concatenate([half, -half])

    def _standard(self, x: Array) -> Array:
        return np.asarray((x - self.mean.numpy()) / self.scale.numpy())

    def _expected(self, x: Array) -> tuple[Array, Array]:
        """Return rows filled by their expectation, and the mean covariance of what was filled."""
        z, extra = self._standard(x), np.zeros((x.shape[1], x.shape[1]))
        for missing, rows in patterns(z):
            mean, lower = self._conditional(z[rows], missing)
            z[np.ix_(rows, missing)] = mean
            extra[np.ix_(missing, missing)] += len(rows) * (lower @ lower.T)
        return z + self.mean.numpy(), extra / len(x)

    def _conditional(self, z: Array, missing: Mask) -> tuple[Array, Array]:
        """Return the mean of the missing cells given the others, and the factor of their covariance."""
        observed, spread = ~missing, self.correlation.numpy()
        across = spread[np.ix_(missing, observed)]
        slopes = np.linalg.solve(spread[np.ix_(observed, observed)], across.T).T
        rest = spread[np.ix_(missing, missing)] - slopes @ across.T
        return z[:, observed] @ slopes.T, np.linalg.cholesky(rest)


def patterns(x: Array) -> list[tuple[Mask, Places]]:
    """Return each pattern of missing cells, but that of none, with the numbers of its rows."""
    kinds, which = np.unique(np.isnan(x), axis=0, return_inverse=True)
    rows = which.reshape(-1)
    return [(kind, np.flatnonzero(rows == i)) for i, kind in enumerate(kinds) if kind.any()]

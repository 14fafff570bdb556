"""Mixtures of normal densities by expectation maximization.

Reference: Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM algorithm, 1977.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.errors import DataError

STEPS = 200
LEVEL = 1e-6  # nat a row; the likelihood has settled when a step gains less
EMPTY = 1e-8  # rows: stands for the count of a component that no row belongs to
RIDGE = 1e-4  # added to each covariance, as a share of the data's variance: keeps components from collapsing


def expectation_maximization(z: Tensor, components: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return log-weights (K,), means (K, d) and lower triangular A (K, d, d) of covariances (AᵀA)⁻¹.

    Args:
        z: rows, (n, d), in float64.
        components: K, at most n.
        seed: of the first means.
    """
    if len(z) < components:
        raise DataError(f"z: got {len(z)} rows, expected at least as many as components, {components}")
    ridge = RIDGE * z.var(0, correction=0).clamp(min=torch.finfo(z.dtype).tiny).diag()
    share, best = _nearest(z, components, seed), -torch.inf
    for _ in range(STEPS):
        parameters = _maximize(z, share, ridge)
        joint = _joint(z, *parameters)
        level = float(joint.logsumexp(0).mean())
        share = joint.softmax(0).T
        if level - best < LEVEL:
            break
        best = level
    return parameters


def _nearest(z: Tensor, components: int, seed: int) -> Tensor:
    """Return first shares, (n, K): each row belongs to the nearest of K rows."""
    means = z[_spread(z, components, torch.Generator().manual_seed(seed))]
    return torch.nn.functional.one_hot(torch.cdist(z, means).argmin(1), components).to(z.dtype)


def _spread(z: Tensor, components: int, generator: torch.Generator) -> list[int]:
    """Return rows far from each other: each drawn in proportion to the squared distance to those before."""
    rows = [int(torch.randint(len(z), (1,), generator=generator))]
    for _ in range(components - 1):
        squares = torch.cdist(z, z[rows]).amin(1).square()
        squares = squares if squares.sum() > 0 else torch.ones_like(squares)
        rows.append(int(torch.multinomial(squares, 1, generator=generator)))
    return rows


def _maximize(z: Tensor, share: Tensor, ridge: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the parameters of highest likelihood for the shares (n, K) of the components in the rows."""
    counts = share.sum(0).clamp(min=EMPTY)
    means = (share.T @ z) / counts[:, None]
    away = z - means[:, None]  # (K, n, d)
    covariances = (away * share.T[:, :, None]).mT @ away / counts[:, None, None] + ridge
    eye = torch.eye(z.shape[1], dtype=z.dtype)
    factors = torch.linalg.solve_triangular(torch.linalg.cholesky(covariances), eye, upper=False)
    return (counts / counts.sum()).log(), means, factors


def _joint(z: Tensor, logits: Tensor, means: Tensor, factors: Tensor) -> Tensor:
    """Return log w_k N(z; …) without the constant, (K, n)."""
    white = factors @ (z.T - means[:, :, None])
    peak = logits + factors.diagonal(dim1=1, dim2=2).log().sum(1)
    return peak[:, None] - 0.5 * white.square().sum(1)

"""Darcy flow through a medium of two permeabilities: fields, finite volumes, labels from a finer grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, diags_array
from scipy.sparse.linalg import splu

from sciml.arguments import check_count
from sciml.contracts.parameters import check_parameters, parameter
from sciml.numerics.domains import Array

MODES = 96  # of the Gaussian field in each direction: part of the law, the same on every grid
TAU2, POWER = 9.0, 1.0  # g has the covariance (−Δ + 9)^−2, with modes of zero slope at the walls
SOLVER = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}


@dataclass(frozen=True)
class DarcyMedium:
    r"""Permeabilities: `high` where g ≥ 0 and `low` elsewhere, $g\sim N(0,(-\Delta+9)^{-2})$.

    The field is drawn by seed, sample and mode, so that sample i is the same function on every grid.

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021.
    """

    low: float = parameter(3.0, "permeability where g < 0", above=0.0)
    high: float = parameter(12.0, "permeability where g ≥ 0", above=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)

    def on_grid(self, sample: int, n: int, seed: int) -> Array:
        """Return the permeability of a sample at the n × n nodes of the unit square, walls included."""
        k = np.arange(MODES)
        drawn = np.random.default_rng([seed, sample]).standard_normal((MODES, MODES))
        size = (np.pi**2 * (k[:, None] ** 2 + k**2) + TAU2) ** -POWER
        waves = np.where(k > 0, np.sqrt(2), 1.0)[:, None] * np.cos(np.pi * np.outer(k, np.linspace(0, 1, n)))
        return np.where(waves.T @ (size * drawn) @ waves >= 0, self.high, self.low)


def darcy(permeability: Array) -> Array:
    r"""Return u of $-\nabla\cdot(a\nabla u)=1$, u = 0 at the walls, from a at the n × n nodes.

    Finite volumes about the nodes; the flux between two has the harmonic mean of their permeabilities. First
    order in the spacing where a jumps, second where it is smooth.
    """
    a = permeability
    x, y = (2 * a[:-1] * a[1:] / (a[:-1] + a[1:]), 2 * a[:, :-1] * a[:, 1:] / (a[:, :-1] + a[:, 1:]))
    return darcy_faces(x[:, 1:-1], y[1:-1])


def darcy_faces(x: Array, y: Array, source: Array | float = 1.0) -> Array:
    """Return u at the n × n nodes from the permeabilities of the faces between them.

    Args:
        x: Between nodes (i, j) and (i + 1, j) of inner j, (n − 1, n − 2).
        y: Between nodes (i, j) and (i, j + 1) of inner i, (n − 2, n − 1).
        source: The right-hand side, a number or at the inner nodes (n − 2, n − 2).
    """
    n = len(x) + 1
    m = n - 2
    middle = (x[:-1] + x[1:] + y[:, :-1] + y[:, 1:]).ravel()
    across, beside = -x[1:-1].ravel(), -y[:, 1:].copy()
    beside[:, -1] = 0.0
    along = beside.ravel()[:-1]
    matrix = diags_array(
        [middle, across, across, along, along], offsets=[0, m, -m, 1, -1], shape=(m * m, m * m)
    )
    right = np.full((m, m), 1.0) * source / (n - 1) ** 2
    u = np.zeros((n, n))
    u[1:-1, 1:-1] = splu(csc_array(matrix), **SOLVER).solve(right.ravel()).reshape(m, m)
    return u


def averaged_faces(fine: Array, factor: int) -> tuple[Array, Array]:
    """Return the faces of a grid `factor` times coarser, from the permeability at the fine nodes.

    Along a face's direction harmonic means over the fine steps, across it the mean of the fine rows that
    belong to it.
    """
    return _faces(fine, factor), _faces(fine.T, factor).T


def _faces(a: Array, factor: int) -> Array:
    steps = 0.5 * (1 / a[:-1] + 1 / a[1:])
    along = 1 / steps.reshape(-1, factor, a.shape[1]).mean(1)
    half = factor // 2
    weights = np.ones(2 * half + 1)
    if factor % 2 == 0:
        weights[[0, -1]] = 0.5
    inner = np.arange(factor, a.shape[1] - 1, factor)
    rows = inner[:, None] + np.arange(-half, half + 1)
    faces: Array = along[:, rows] @ (weights / weights.sum())
    return faces


@dataclass(frozen=True)
class DarcyData:
    """Pairs of permeability and solution on n × n nodes, solved for on a grid `refine` times finer.

    Attributes:
        medium: The law of the permeability.
        n: Nodes along a side.
        refine: How much finer the labels are solved for.
    """

    medium: DarcyMedium
    n: int
    refine: int

    @property
    def fine(self) -> int:
        """Nodes along a side of the grid that the labels come from."""
        return (self.n - 1) * self.refine + 1

    def pairs(self, count: int, seed: int) -> tuple[Array, Array, list[Array]]:
        """Return permeabilities and solutions (count, n, n), and the fine permeabilities."""
        check_count("count", count)
        every, fine, labels = self.refine, [], []
        for i in range(count):
            fine.append(self.medium.on_grid(i, self.fine, seed))
            labels.append(darcy(fine[-1])[::every, ::every])
        return np.stack([a[::every, ::every] for a in fine]), np.stack(labels), fine

    def label_error(self, samples: int, seed: int) -> float:
        """Return the mean relative L2 error of the labels: twice what a grid of half the spacing changes.

        The method is of first order where the permeability jumps, so that the rest is as much again.
        """
        return float(np.mean([self._changed(i, seed) for i in range(samples)]))

    def _changed(self, sample: int, seed: int) -> float:
        every = self.refine
        label = darcy(self.medium.on_grid(sample, self.fine, seed))[::every, ::every]
        finer = darcy(self.medium.on_grid(sample, 2 * self.fine - 1, seed))[:: 2 * every, :: 2 * every]
        return float(2 * np.linalg.norm(label - finer) / np.linalg.norm(finer))

"""A mixture for each level of one category, to be compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.real.contenders import RealRows

LEAST = 30  # rows of a level that has a mixture of its own; the others share one
MOST = 6  # levels with mixtures of their own, the commonest
Density = Callable[[Array, Array], Array]


def telling_columns(rows: RealRows) -> list[int]:
    """Return the places, in the context, of the one-hot levels that tell most about the numbers.

    A run of columns of zeros and ones that sum to one at each row is one category.
    """
    flags = [set(np.unique(rows.context[:, j])) <= {0.0, 1.0} for j in range(rows.context.shape[1])]
    blocks, start = list[list[int]](), 0
    while start < len(flags):
        stop, total = start, np.zeros(len(rows))
        while stop < len(flags) and flags[stop] and total.max() <= 1:
            total = total + rows.context[:, stop]
            stop += 1
            if (total == 1).all() and stop - start > 1:
                blocks.append(list(range(start, stop)))
                break
        start = max(stop, start + 1)
    if not blocks:
        return []
    return max(blocks, key=lambda block: _explained(rows.x, rows.context[:, block].argmax(1)))


def _explained(x: Array, level: Array) -> float:
    """Return the share of the columns' ranks' variance that lies between levels."""
    there = ~np.isnan(x).any(1)
    z = np.argsort(np.argsort(x[there], axis=0), axis=0).astype(float)
    groups = (z[level[there] == k] for k in np.unique(level[there]))
    within = sum(float(((group - group.mean(0)) ** 2).sum()) for group in groups)
    return 1 - within / max(float(((z - z.mean(0)) ** 2).sum()), 1e-300)


def level_of(context: Array, block: Sequence[int], own: Array) -> Array:
    """Return which of the levels with a mixture of their own a row has, -1 for the others."""
    level = context[:, block].argmax(1)
    return np.where(np.isin(level, own), level, -1)


def own_levels(context: Array, block: Sequence[int]) -> Array:
    """Return the levels that have a mixture of their own."""
    values, counts = np.unique(context[:, block].argmax(1), return_counts=True)
    order = np.argsort(-counts)[:MOST]
    return np.sort(values[order][counts[order] >= LEAST])


def per_level(densities: Mapping[int, Density], block: Sequence[int], own: Array) -> Density:
    """Return the density that is each level's own."""

    def log_prob(x: Array, context: Array) -> Array:
        level, out = level_of(context, block, own), np.empty(len(x))
        level = np.where(np.isin(level, list(densities)), level, max(densities))
        for k in np.unique(level):
            rows = level == k
            out[rows] = densities[int(k)](x[rows], context[rows, :0])
        return out

    return log_prob

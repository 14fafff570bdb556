"""Which samples of a data set belong together: steps of one trajectory, and samples given twice."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sciml.numerics.domains import Array

Whole = NDArray[np.integer[Any]]


def trajectories(inputs: Array, outputs: Array, labels: Array | None = None) -> Whole:
    """Return the number of each sample's trajectory, (N,) of int.

    Samples belong together where the output of one is the input of the other, or the inputs are the same, or
    their labels.
    """
    starts, ends = _digests(inputs), _digests(outputs)
    first = {start: i for i, start in reversed(list(enumerate(starts)))}
    pairs = [(i, first[key]) for keys in (starts, ends) for i, key in enumerate(keys) if key in first]
    if labels is not None:
        of_label = {label: i for i, label in enumerate(labels.tolist())}
        pairs += [(i, of_label[label]) for i, label in enumerate(labels.tolist())]
    rows, columns = np.array(pairs).T
    size = (len(inputs), len(inputs))
    joined = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=size)
    numbers: Whole = connected_components(joined, directed=False)[1]
    return numbers


def parts(groups: Whole, count: int, seed: int) -> tuple[Whole, Whole]:
    """Return the samples to learn from and, at least `count` where they can be, those to judge by.

    Groups stay whole and are drawn without replacement; of a single one the last samples judge.
    """
    draw = np.random.default_rng(seed).permutation(int(groups.max()) + 1)
    if len(draw) == 1:
        cut = len(groups) - count
        return np.arange(cut), np.arange(cut, len(groups))
    sizes = np.cumsum(np.bincount(groups)[draw])
    chosen = draw[: min(int(np.searchsorted(sizes, count)) + 1, len(draw) - 1)]
    test = np.isin(groups, chosen)
    return np.flatnonzero(~test), np.flatnonzero(test)


def _digests(values: Array) -> list[bytes]:
    """Return a digest of each function; minus zero is zero."""
    return [blake2b((row + 0.0).tobytes(), digest_size=16).digest() for row in values]

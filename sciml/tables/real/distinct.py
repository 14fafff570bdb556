"""Rows in a random order in which copies of one row come one after the other."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from sciml.tables.arrays import Array


def shuffled(rows: int, rng: Generator, groups: Array | None) -> Array:
    """Return the numbers of the rows at random, those of one group together."""
    if groups is None:
        return rng.permutation(rows)
    places = np.unique(groups, return_inverse=True)[1].reshape(-1)
    return np.argsort(rng.permutation(places.max() + 1)[places], kind="stable")


def parts(rows: int, count: int, rng: Generator, groups: Array | None) -> list[Array]:
    """Return the numbers of the rows in as many parts of like size, those of one group in one part."""
    if groups is None:
        return np.array_split(rng.permutation(rows), count)
    places = np.unique(groups, return_inverse=True)[1].reshape(-1)
    chosen = np.array_split(rng.permutation(places.max() + 1), count)
    return [np.flatnonzero(np.isin(places, part)) for part in chosen]

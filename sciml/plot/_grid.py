"""Points of a rectangular grid, in whatever order they come, as two axes and a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array


@dataclass(frozen=True)
class Grid:
    """The two axes, ascending, and for each point its place in a table of shape (len(second), len(first))."""

    first: Array
    second: Array
    order: NDArray[np.intp]

    def table(self, values: Array) -> Array:
        """Return values at the points as a table: a row for each value of the second coordinate."""
        return values[self.order].reshape(len(self.second), len(self.first))

    @property
    def cell(self) -> Array:
        """The area that belongs to each point, as a table."""
        return np.outer(np.gradient(self.second), np.gradient(self.first))


def grid_of(points: Array) -> Grid:
    """Return the grid that points (n, 2) form, whether "xy" or "ij" raveled them.

    >>> points = np.stack([np.ravel(part) for part in np.meshgrid([0.0, 1.0, 2.0], [5.0, 6.0])], axis=1)
    >>> grid_of(points).table(points[:, 0]).tolist()
    [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]
    """
    first, column = _ticks(points[:, 0])
    second, row = _ticks(points[:, 1])
    place = row * len(first) + column
    if (
        len(first) < 2
        or len(second) < 2
        or not np.array_equal(np.sort(place), np.arange(len(first) * len(second)))
    ):
        raise ArgumentError(
            f"x: {len(points)} points that do not form a rectangular grid; got no picture of them"
        )
    return Grid(first, second, np.argsort(place))


def _ticks(values: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return the distinct values, those apart by rounding only being one, and the index of each value."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    new = np.diff(ascending, prepend=-np.inf) > 1e-9 * (np.ptp(values) or 1.0)
    index = np.empty(len(values), dtype=np.intp)
    index[order] = np.cumsum(new) - 1
    return ascending[new], index

"""Functions as they lie in a file, on a line or on a grid of a plane, as (samples, points, channels)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.errors import DataError
from sciml.operators.files.names import Values

CHANNELS = 4  # a last axis that is no longer, after a longer one, counts as channels where nothing tells
SAME = 1e-6  # of an axis: coordinates that differ by less are the same line of a grid


@dataclass(frozen=True)
class Place:
    """Where functions live.

    Attributes:
        positions: (n, m).
        shape: The points along each axis, n for a line or scattered points.
        order: How to put the points of the file in order, or None where they are.
    """

    positions: Values
    shape: tuple[int, ...]
    order: Values | None = None

    def functions(self, name: str, values: Values) -> Values:
        """Return functions (N, n, c), or as they are where they do not fit, to be refused with the shapes."""
        if values.ndim < 2:
            return values
        if values.shape[1] == 1 and values.shape[2 : 2 + len(self.shape)] == self.shape:
            values = values[:, 0]
        grid = values.shape[1 : 1 + len(self.shape)]
        if len(self.shape) > 1 and grid == self.shape:
            channels = values.shape[1 + len(self.shape) :]
            values = values.reshape(len(values), -1, *channels)
        elif len(self.shape) > 1 and values.shape[-len(self.shape) :] == self.shape:
            expected = f"(samples, {', '.join(map(str, self.shape))}, channels)"
            raise DataError(
                f"{name}: got the shape {values.shape}, expected {expected}; channels come last: pass "
                f"np.moveaxis({name}, 1, -1)"
            )
        if self.order is not None and values.shape[1] == len(self.order):
            values = values[:, self.order]
        return values


def place(axes: tuple[Values, ...] | None, like: Values) -> tuple[Place, tuple[str, ...]]:
    """Return where functions `like` these live, and what was assumed where the file does not say."""
    if axes is None:
        return _assumed(like)
    if len(axes) == 1:
        return _of_points(axes[0]), ()
    x, y = (_unmeshed(axis, i) for i, axis in enumerate(axes))
    if len(x) == len(y) == like.shape[1] and like.shape[1:3] != (len(x), len(y)):
        return _of_points(np.stack([x, y], 1)), ()
    return Place(tensor_grid(x, y), (len(x), len(y))), ()


def tensor_grid(x: Values, y: Values) -> Values:
    """Return the points (nx ny, 2) of a grid, y running fastest."""
    return np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)


def _assumed(like: Values) -> tuple[Place, tuple[str, ...]]:
    """Return an even grid of the unit interval or square, by the shape alone."""
    sizes = like.shape[1:]
    sizes = sizes[:-1] if len(sizes) > 1 and sizes[-1] <= CHANNELS < sizes[-2] else sizes
    if len(sizes) > 2:
        sizes = tuple(size for size in sizes if size > 1)
    if not 1 <= len(sizes) <= 2:
        raise DataError(f"outputs: got the shape {like.shape}, expected functions on a line or in a plane")
    axes = [np.linspace(0.0, 1.0, size) for size in sizes]
    words = " x ".join(map(str, sizes))
    note = f"no positions in the file: an even grid of {words} points with both ends of (0, 1) is assumed"
    return Place(axes[0][:, None] if len(axes) == 1 else tensor_grid(*axes), sizes), (note,)


def _of_points(points: Values) -> Place:
    """Return points of a line as they are; those of a plane in order, where they are a grid."""
    if points.ndim != 2 or points.shape[1] != 2:
        return Place(points, (len(points),))
    found = as_grid(points)
    if found is None:
        return Place(points, (len(points),))
    x, y, order = found
    return Place(tensor_grid(x, y), (len(x), len(y)), None if (np.diff(order) == 1).all() else order)


def as_grid(points: Values) -> tuple[Values, Values, Values] | None:
    """Return the coordinates of the grid that points (n, 2) are, and what orders them; None of others."""
    (x, i), (y, j) = (_lines(points[:, axis]) for axis in range(2))
    number = i * len(y) + j
    if len(x) * len(y) != len(points) or len(np.unique(number)) != len(points):
        return None
    return x, y, np.argsort(number)


def _lines(values: Values) -> tuple[Values, Values]:
    """Return the different coordinates, and which each is."""
    order = np.argsort(values, kind="stable")
    new = np.diff(values[order], prepend=values[order[0]]) > SAME * max(float(np.ptp(values)), SAME)
    which = np.empty(len(values), dtype=np.int64)
    which[order] = np.cumsum(new)
    first = np.unique(which, return_index=True)[1]
    return values[first], which


def _unmeshed(axis: Values, i: int) -> Values:
    """Return a coordinate's values along its own axis, of a mesh grid too."""
    if axis.ndim == 1:
        return axis
    along = axis if np.ptp(axis, axis=1 - i).max() <= SAME * np.ptp(axis) else axis.T
    coordinates: Values = np.take(along, 0, axis=1 - i)
    return coordinates

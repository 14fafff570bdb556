"""Even grids of a line: what a user's points must be, and the interval that they stand for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sciml.errors import DataError
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.files.placing import tensor_grid

UNEVEN = 1e-3  # of a spacing


def domain_of(positions: Array, periodic: bool) -> tuple[float, float]:
    """Return the interval of an even grid (n,): a periodic one goes on a spacing beyond its last point."""
    first, last = float(positions[0]), float(positions[-1])
    return first, last + (last - first) / (len(positions) - 1) * periodic


def points_of(domain: tuple[float, ...], n: int, ends: bool) -> Array:
    """Return the even grid of n points on an interval, with both ends or only the left."""
    left, right = domain
    return left + (right - left) * np.arange(n) / (n - 1 if ends else n)


def check_line(positions: Array, source: str) -> None:
    """Refuse points (n, m) that are not an even grid of a line."""
    if positions.shape[1] != 1:
        raise DataError(f"{source}: positions of {positions.shape[1]} coordinates, expected points on a line")
    steps, even, wrong = _uneven(positions)
    if wrong.size:
        raise DataError(
            f"{source}: positions {wrong[0]} and {wrong[0] + 1} are {steps[wrong[0]]:g} apart, the mean is "
            f"{even:g}, expected an even grid; interpolate inputs and outputs to np.linspace"
        )


def is_even(positions: Array) -> bool:
    """Return whether points (n, 1) are an even grid."""
    return not _uneven(positions)[2].size


def _uneven(positions: Array) -> tuple[Array, float, NDArray[np.intp]]:
    """Return the steps, their mean, and which of them are others."""
    steps = np.diff(positions[:, 0])
    even = float(steps.mean())
    return steps, even, np.flatnonzero(np.abs(steps - even) > UNEVEN * even + _rounding(positions))


def _rounding(positions: Array) -> float:
    """Return by how much rounding may move a step: positions that float32 holds were rounded to it."""
    single = np.array_equal(positions.astype(np.float32), positions)
    return float(2 * np.finfo(np.float32 if single else np.float64).eps * np.abs(positions).max())


def unit_square(data: OperatorData, periodic: bool) -> OperatorData:
    """Return the same functions on the even grid of the unit square; weights are the trapezoidal rule's."""
    assert data.axes is not None  # checked before
    x, y = (points_of((0.0, 1.0), len(axis), ends=not periodic) for axis in data.axes)
    weights = np.outer(*(_rule(axis, periodic) for axis in (x, y))).ravel()
    grid = tensor_grid(x, y)
    return OperatorData(data.inputs, data.outputs, grid, weights, data.metadata, data.trajectory)


def _rule(axis: Array, periodic: bool) -> Array:
    weights = np.ones(len(axis))
    if not periodic:
        weights[[0, -1]] = 0.5
    shares: Array = weights / weights.sum()
    return shares


def unit_grid(data: OperatorData, periodic: bool, source: str) -> OperatorData:
    """Return the same functions with the positions i/n, or i/(n − 1) where they need not be periodic.

    Raises:
        DataError: If the positions are not an even grid of a line.
    """
    check_line(data.positions, source)
    x = points_of((0.0, 1.0), data.points, ends=not periodic)
    return OperatorData(data.inputs, data.outputs, x, None, data.metadata, data.trajectory)

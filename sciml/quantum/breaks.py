"""Find where a potential jumps or has a kink, so that a user need not say so.

An interval is halved until a polynomial fits V on each piece. A smooth function, however steep, is fitted
once the pieces are short enough; a jump or kink never is, so the pieces that remain surround one each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre

from sciml.numerics.domains import Array, Interval

NODES = 12  # of the polynomial on a cell
CHECKS = NODES + 3  # points between its nodes where it is held against the function
INSIDE = 0.999  # of a cell, where the outermost check points lie: its ends are another cell's
SCAN = 4001  # points of a region at which the size of the function is taken
MISFIT = 1e-9  # of the function's range: a polynomial that misses more does not fit
ROUNDING = 1e-13  # of the largest value, which no polynomial need fit
SHORTEST = 2.0**-17  # of the domain: a cell this short that is still not fitted surrounds a break
MOST = 64  # breaks beyond which the function is taken to be rough everywhere
CELLS = 128  # of the first division
WOBBLE = 0.1  # of a cell, by which the first edges are shifted: breaks at round fractions fall inside cells
OFF_CENTRE = 0.4871  # share of a cell that its left part gets, for the same reason
WIDER = 0.02  # of a cell, by which it reaches over its ends: a break on them is inside one of two
CLOSE = 1e-9  # of the domain: breaks this near to a declared one are that one
JUMP = 0.1  # share of the cell's rise that is left at the smallest distance where there is a jump
NEWTON = 4  # steps to the crossing of two parabolas, which are nearly straight in so short a cell

Function = Callable[[Array], Array]


def find_breaks(function: Function, interval: Interval) -> tuple[float, ...]:
    """Return the points inside the interval's regions where `function` jumps or has a kink.

    Nothing is returned where there would be more than `MOST`, as in a table of values joined by lines.

    >>> find_breaks(lambda x: np.where(x < 0.3, 0.0, 1.0), Interval(-1.0, 1.0))
    (0.3,)
    >>> find_breaks(np.tanh, Interval(-50.0, 50.0))
    ()
    """
    tolerance = _tolerance(function, interval)
    breaks: list[float] = []
    for left, right in interval.regions:
        for start, end in _merged(_unfitted(function, left, right, tolerance, SHORTEST * interval.length)):
            breaks.append(_locate(function, start, end))
            if len(breaks) > MOST:
                return ()
    margin = CLOSE * interval.length
    declared = np.array([interval.left, *interval.interfaces, interval.right])
    return tuple(point for point in breaks if np.abs(declared - point).min() > margin)


def _tolerance(function: Function, interval: Interval) -> float:
    """Return a small part of max − min of the function on a fine grid, and room for rounding."""
    values = function(interval.midpoints(SCAN).points)
    return MISFIT * float(np.ptp(values)) + ROUNDING * float(np.abs(values).max())


def _unfitted(
    function: Function, left: float, right: float, tolerance: float, shortest: float
) -> Iterator[tuple[float, float]]:
    pending = _unfitted_cells(function, left, right, tolerance)
    unfit = 0
    while pending and unfit <= 2 * MOST:
        start, end = pending.pop()
        if end - start < shortest:
            unfit += 1
            yield start, end
            continue
        middle = start + OFF_CENTRE * (end - start)
        halves = np.array([[start, middle], [middle, end]])
        unfit_halves = _misfit(function, halves, left, right) > tolerance
        pending += [halves[k].tolist() for k in (1, 0) if unfit_halves[k]]


def _unfitted_cells(function: Function, left: float, right: float, tolerance: float) -> list[list[float]]:
    """Return the cells of a first, irregular division that no polynomial fits, the leftmost last."""
    inner = (np.arange(1, CELLS) + WOBBLE * np.sin(np.arange(1, CELLS))) / CELLS
    edges = np.concatenate([[left], left + (right - left) * inner, [right]])
    cells = np.column_stack([edges[:-1], edges[1:]])
    unfit: list[list[float]] = cells[_misfit(function, cells, left, right) > tolerance][::-1].tolist()
    return unfit


def _misfit(function: Function, cells: Array, left: float, right: float) -> Array:
    """Return by how much a polynomial through the nodes of each cell (m, 2) misses the check points.

    Cells are widened a little, so that a break on the border of two is inside one of them.
    """
    points, extrapolate = _probe()
    wide = np.clip(cells + WIDER * np.diff(cells, axis=1) * [-1.0, 1.0], left, right)
    x = wide.mean(1, keepdims=True) + 0.5 * np.diff(wide, axis=1) * points
    return np.asarray(np.abs(function(x.ravel()).reshape(x.shape) @ extrapolate.T).max(1))


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array]:
    """Return nodes and check points in one array, and the map from values to misfits at the check points."""
    nodes, _ = legendre.leggauss(NODES)
    checks = INSIDE * np.cos(np.pi * (np.arange(CHECKS) + 0.5) / CHECKS)
    interpolate = legendre.legvander(checks, NODES - 1) @ np.linalg.inv(legendre.legvander(nodes, NODES - 1))
    return np.concatenate([nodes, checks]), np.hstack([interpolate, -np.eye(len(checks))])


def _merged(cells: Iterator[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join cells that touch."""
    joined: list[tuple[float, float]] = []
    for start, end in cells:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _locate(function: Function, start: float, end: float) -> float:
    """Return the jump in [start, end] by bisection; without one, the kink where the two sides meet."""
    width, rise = end - start, abs(_at(function, end) - _at(function, start))
    left, right = start, end
    while True:
        middle = 0.5 * (left + right)
        if not left < middle < right:
            break
        value = _at(function, middle)
        first = abs(value - _at(function, left)) > abs(_at(function, right) - value)
        left, right = (left, middle) if first else (middle, right)
    jump = abs(_at(function, right) - _at(function, left))
    return right if jump > JUMP * rise and jump > 0 else _kink(function, start, end, width)


def _kink(function: Function, start: float, end: float, width: float) -> float:
    """Return where the parabolas through three points on either side cross, by Newton from the middle."""
    steps = width * np.arange(3)
    before = np.polyfit(-steps, function(start - steps) - _at(function, start), 2)
    after = np.polyfit(steps, function(end + steps) - _at(function, start), 2)
    x = 0.5 * (start + end)
    for _ in range(NEWTON):
        gap = np.polyval(before, x - start) - np.polyval(after, x - end)
        slope = np.polyval(np.polyder(before), x - start) - np.polyval(np.polyder(after), x - end)
        x = x - gap / slope if slope else x
    return float(x) if start - width <= x <= end + width else 0.5 * (start + end)


def _at(function: Function, x: float) -> float:
    return float(function(np.array([x]))[0])

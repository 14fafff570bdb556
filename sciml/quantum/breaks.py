"""Find where a potential jumps or has a kink, so that a user need not say so.

An interval is halved until a polynomial fits V on each piece. A smooth function, however steep, is fitted
once the pieces are short enough; a jump or kink never is, so the pieces that remain surround one each.
"""

from __future__ import annotations

import numpy as np

from sciml.numerics.domains import Array, Interval
from sciml.quantum.cells import Cells, Function, Probes, divided

SCAN = 4001  # points of a region at which the size of the function is taken
CELLS = 128  # of the first division
WOBBLE = 0.1  # of a cell, by which the first edges are shifted: breaks at round fractions fall inside cells
SHORTEST = 2.0**-17  # of the domain: a cell this short that is still not fitted surrounds a break, or more
APART = 2.0**-26  # of the domain: breaks nearer to each other are one
FEWEST_SPACINGS = 16  # of floating-point numbers, in the shortest cell
CLOSE = 1e-9  # of the domain: breaks this near to a declared one are that one
JUMP = 0.1  # share of the cell's rise that is left at the smallest distance where there is a jump
FARTHEST = 10.0  # in widths of the cell: a step of Newton's that is longer is none
NEWTON = 4  # steps to the crossing of two parabolas, which are nearly straight in so short a cell


def find_breaks(function: Function, interval: Interval, probes: Probes | None = None) -> tuple[float, ...]:
    """Return the points inside the interval's regions where `function` jumps or has a kink.

    Args:
        function: From points (n,) strictly inside the interval to values (n,).
        interval: Where to look; its interfaces are known already.
        probes: Points at which the function has been seen: what stands out there is looked into.

    Raises:
        ArgumentError: Where there would be more than a few thousand.

    >>> find_breaks(lambda x: np.where(x < 0.3, 0.0, 1.0), Interval(-1.0, 1.0))
    (0.3,)
    >>> find_breaks(np.tanh, Interval(-50.0, 50.0))
    ()
    """
    seen = _scan(function, interval) if probes is None else probes
    least = FEWEST_SPACINGS * float(np.spacing(max(abs(interval.left), abs(interval.right))))
    _, around = divided(function, first_cells(interval, CELLS), seen, max(SHORTEST * interval.length, least))
    breaks = [*_separate(function, _merged(around), seen, max(APART * interval.length, least))]
    declared = np.array([interval.left, *interval.interfaces, interval.right])
    margin = CLOSE * interval.length
    return tuple(float(point) for point in sorted(breaks) if np.abs(declared - point).min() > margin)


def breaks_in(function: Function, cells: Cells) -> tuple[float, ...]:
    """Return the jump or kink in each run of short cells that no polynomial fits but at ends of regions."""
    return tuple(float(point) for point in _located(function, _merged(cells)))


def first_cells(interval: Interval, count: int) -> Cells:
    """Return an irregular division of each region, `count` cells or a few more in all."""
    spans, regions = [], []
    for left, right in interval.regions:
        share = max(1, round(count * (right - left) / interval.length))
        inner = (np.arange(1, share) + WOBBLE * np.sin(np.arange(1, share))) / share
        edges = np.concatenate([[left], left + (right - left) * inner, [right]])
        spans.append(np.column_stack([edges[:-1], edges[1:]]))
        regions.append(np.tile([left, right], (share, 1)))
    return Cells(np.concatenate(spans), np.concatenate(regions))


def _scan(function: Function, interval: Interval) -> Probes:
    x = interval.midpoints(SCAN).points
    values = function(x)
    return Probes(x, values, float(np.ptp(values)))


def _merged(cells: Cells) -> Cells:
    """Join cells that touch, and leave out what touches the end of a region."""
    if not len(cells.spans):
        return cells
    starts = np.concatenate([[True], cells.spans[1:, 0] > cells.spans[:-1, 1]])
    ends = np.concatenate([starts[1:], [True]])
    joined = Cells(np.column_stack([cells.spans[starts, 0], cells.spans[ends, 1]]), cells.regions[starts])
    return joined.chosen(~joined.at_ends)


def _separate(function: Function, around: Cells, probes: Probes, shortest: float) -> Array:
    """Return the breaks: those a cell holds apart where there are several, else its jump or kink."""
    if not len(around.spans):
        return np.empty(0)
    nothing = Probes(np.empty(0), np.empty(0), probes.scale)
    fine = _merged(divided(function, around, nothing, shortest)[1])
    inside = np.searchsorted(around.spans[:, 0], fine.spans[:, 0], side="right") - 1
    single = ~np.isin(np.arange(len(around.spans)), inside)
    return np.concatenate([_located(function, cells) for cells in (fine, around.chosen(single))])


def _located(function: Function, cells: Cells) -> Array:
    """Return the jump in each cell by bisection; without one, the kink where the two sides meet."""
    if not len(cells.spans):
        return np.empty(0)
    left, right = cells.spans.T
    first, last = function(left), function(right)
    rise = np.abs(last - first)
    while True:
        middle = 0.5 * (left + right)
        if not ((left < middle) & (middle < right)).any():
            break
        value = function(middle)
        nearer = np.abs(value - first) > np.abs(last - value)
        right, last = np.where(nearer, middle, right), np.where(nearer, value, last)
        left, first = np.where(nearer, left, middle), np.where(nearer, first, value)
    jump = np.abs(last - first)
    return np.where((jump > JUMP * rise) & (jump > 0), right, _kinks(function, cells))


def _kinks(function: Function, cells: Cells) -> Array:
    """Return where the parabolas through three points on either side of each cell cross."""
    start, end = cells.spans.T
    steps = (end - start)[:, None] * np.arange(3)
    inside = (start - steps[:, 2] > cells.regions[:, 0]) & (end + steps[:, 2] < cells.regions[:, 1])
    middles = 0.5 * (start + end)
    before, after = start[:, None] - steps, end[:, None] + steps
    before[~inside], after[~inside] = middles[~inside, None], middles[~inside, None]
    low, high = (function(x.ravel()).reshape(x.shape) for x in (before, after))
    rows = zip(start, end, low, high, middles, inside, strict=True)
    return np.array([_crossing(*row[:4]) if row[5] else row[4] for row in rows])


def _crossing(start: float, end: float, low: Array, high: Array) -> float:
    """Return where two parabolas cross, by Newton from the middle: in widths of the cell from its start."""
    base = low[0]
    before = _parabola(low - base, -1.0)
    after = _parabola(high - base, 1.0)
    t = 0.5
    for _ in range(NEWTON):
        gap = np.polyval(before, t) - np.polyval(after, t - 1)
        slope = np.polyval(np.polyder(before), t) - np.polyval(np.polyder(after), t - 1)
        t = t - gap / slope if abs(gap) < FARTHEST * abs(slope) else t
    width = end - start
    return float(start + t * width) if -1 <= t <= 2 else 0.5 * float(start + end)


def _parabola(values: Array, side: float) -> Array:
    """Return the coefficients of the parabola through values at 0, side, 2 side; side is 1 or −1."""
    curve = 0.5 * (values[2] - 2 * values[1] + values[0])
    return np.array([curve, side * (values[1] - values[0] - curve), values[0]])

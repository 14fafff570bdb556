"""Polynomials on cells of a box: where one fits a function, and where none does however short the cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array

NODES = 12  # of the polynomial on a cell
CHECKS = NODES + 3  # points between its nodes where it is held against the function
INSIDE = 0.999  # of a cell, where the outermost check points lie: its ends are another cell's
MISFIT = 1e-11  # of the function's scale: a polynomial that misses more does not fit
ROUNDING = 1e-13  # of the largest value on a cell, which no polynomial need fit
SPACINGS = 8  # of the positions, times the slope: so much of a value is rounding of x
OFF_CENTRE = 0.4871  # share of a cell that its left part gets: breaks at round fractions fall inside cells
WIDER = 0.02  # of a cell, by which it reaches over its ends: a break on them is inside one of two
MOST = 4096  # breaks beyond which the function is rough everywhere
EACH = 2  # cells around a break on each level, at most

Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Probes:
    """Points (n,) of a box, ascending, the function there, and the size of what matters in it."""

    x: Array
    values: Array
    scale: float


@dataclass(frozen=True)
class Cells:
    """Cells (m, 2), ascending, and the region (m, 2) that each belongs to, which it does not leave."""

    spans: Array
    regions: Array

    def chosen(self, which: NDArray[np.bool_]) -> Cells:
        """Return some of them."""
        return Cells(self.spans[which], self.regions[which])

    @property
    def widths(self) -> Array:
        """Their widths."""
        return np.asarray(np.diff(self.spans, axis=1)[:, 0])

    @property
    def at_ends(self) -> NDArray[np.bool_]:
        """Whether they touch an end of their region."""
        return np.asarray((self.spans == self.regions).any(axis=1))

    def halved(self) -> Cells:
        """Return their parts, a little off the middle."""
        left, right = self.spans.T
        middle = left + OFF_CENTRE * (right - left)
        spans = np.column_stack([left, middle, middle, right]).reshape(-1, 2)
        return Cells(spans, np.repeat(self.regions, 2, axis=0))


def divided(
    function: Function, cells: Cells, probes: Probes, shortest: float | Callable[[Cells], Array]
) -> tuple[Cells, Cells]:
    """Halve cells until a polynomial fits or they are as short as allowed; return the fitted and the others.

    Raises:
        ArgumentError: Where more than `MOST` places would not be fitted.
    """
    fitted, unfitted, count = [], [], 0
    while len(cells.spans):
        unfit = misfits(function, cells, probes)
        fitted.append(cells.chosen(~unfit))
        cells = cells.chosen(unfit)
        done = cells.widths <= (shortest(cells) if callable(shortest) else shortest)
        unfitted.append(cells.chosen(done))
        count += int(done.sum())
        cells = cells.chosen(~done)
        if count + len(cells.spans) > EACH * MOST:
            raise ArgumentError(
                "potential: got one that is rough everywhere, expected a piecewise smooth function with "
                f"at most {MOST} jumps or kinks; smooth it first"
            )
        cells = cells.halved()
    return _joined(fitted), _joined(unfitted)


def _joined(parts: list[Cells]) -> Cells:
    spans = np.concatenate([part.spans for part in parts]) if parts else np.empty((0, 2))
    regions = np.concatenate([part.regions for part in parts]) if parts else np.empty((0, 2))
    order = np.argsort(spans[:, 0], kind="stable")
    return Cells(spans[order], regions[order])


def misfits(function: Function, cells: Cells, probes: Probes) -> NDArray[np.bool_]:
    """Return for each cell whether a polynomial through its nodes misses its check points or a probe."""
    points, extrapolate, to_modes = _probe()
    wide = cells.spans + WIDER * cells.widths[:, None] * [-1.0, 1.0]
    wide = np.clip(wide, cells.regions[:, :1], cells.regions[:, 1:])
    x = wide.mean(1, keepdims=True) + 0.5 * np.diff(wide, axis=1) * points
    values = function(x.ravel()).reshape(x.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        slope = np.ptp(values, axis=1) / np.diff(wide, axis=1)[:, 0]
        allowed = MISFIT * probes.scale + ROUNDING * np.abs(values).max(1)
        allowed += SPACINGS * np.spacing(np.abs(wide).max(1)) * slope
        unfit = ~(np.abs(values @ extrapolate.T).max(1) <= allowed)
        missed = misses(cells.spans, wide, values[:, :NODES] @ to_modes.T, probes.x, probes.values)
        return np.asarray(unfit | ~(missed <= allowed))


def misses(
    spans: Array, wide: Array, modes: Array, x: Array, values: Array, weights: Array | None = None
) -> Array:
    """Return the most, times a weight, by which Legendre series miss what was seen inside each span.

    Args:
        spans: The pieces (m, 2), ascending.
        wide: Where each series lives (m, 2).
        modes: The series (m, n).
        x: Where something was seen, ascending.
        values: What was seen there.
        weights: How much it counts there.
    """
    first, last = np.searchsorted(x, spans.T)
    counts = last - first
    owner = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    left, right = wide.T
    s = (2 * x[place] - left[owner] - right[owner]) / (right - left)[owner]
    gaps = np.abs(legendre.legval(s, modes[owner].T, tensor=False) - values[place])
    gaps *= 1.0 if weights is None else weights[place]
    missed = np.zeros(len(counts))
    filled = counts > 0
    if filled.any():
        missed[filled] = np.maximum.reduceat(gaps, (np.cumsum(counts) - counts)[filled])
    return missed


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array, Array]:
    """Return nodes and check points in one array, the map from values to misfits, and that to modes."""
    nodes, _ = legendre.leggauss(NODES)
    checks = INSIDE * np.cos(np.pi * (np.arange(CHECKS) + 0.5) / CHECKS)
    to_modes = np.linalg.inv(legendre.legvander(nodes, NODES - 1))
    interpolate = legendre.legvander(checks, NODES - 1) @ to_modes
    return np.concatenate([nodes, checks]), np.hstack([interpolate, -np.eye(len(checks))]), to_modes

"""Densities in two dimensions, and how far one is from another."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array
from sciml.plot._grid import grid_of
from sciml.plot._style import Keywords, axes_or_new, styled, tidy

SEEN = 1e-6  # share of the largest true density below which a ratio of densities says nothing
FLATTEST, TALLEST = 0.4, 1.6  # height over width between which both coordinates have one scale
MANY = 1500  # no more samples than these are drawn


@styled
def density(
    x: ArrayLike,
    log_prob: ArrayLike,
    *,
    largest: float | None = None,
    samples: ArrayLike | None = None,
    title: str = "",
    bar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a density over a grid.

    Args:
        x: The points of a rectangular grid, in any order, (n, 2).
        log_prob: The log density there, (n,).
        largest: The density at the upper end of the colour scale; the largest there is by default.
        samples: Draws to put over it as dots, (m, 2).
        title: Written over the panel.
        bar: Whether to draw the colour bar.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; the mesh has the gid "density", the dots "samples".
    """
    ax = axes_or_new(ax)
    grid, values = grid_of(np.asarray(x, dtype=float)), np.exp(np.asarray(log_prob, dtype=float))
    most = float(np.nanmax(values))
    scale: Keywords = {"vmin": 0.0, "vmax": largest or most, "cmap": "cividis"}
    mesh = ax.pcolormesh(grid.first, grid.second, grid.table(values), gid="density", rasterized=True, **scale)
    if samples is not None:
        dots = np.asarray(samples, dtype=float)[:MANY]
        ax.plot(*dots.T, ".", color="white", markersize=1.9, alpha=0.7, markeredgewidth=0, gid="samples")
    _finish(ax, grid.first, grid.second, title)
    if bar:
        _bar(ax, mesh, "density", "max" if largest and most > largest else "neither")
    return ax


@styled
def log_ratio(
    x: ArrayLike, log_prob: ArrayLike, reference: ArrayLike, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw log_prob − reference where the reference's density is at least a millionth of its largest.

    The colours end at the deviation that all but one in a hundred draws of the reference see.
    """
    ax = axes_or_new(ax)
    grid, gap = grid_of(np.asarray(x, dtype=float)), log_gap(np.asarray(log_prob), np.asarray(reference))
    limit = usual(gap, np.asarray(reference)) or 1.0
    beyond = "both" if gap.count() and np.abs(gap).max() > limit else "neither"
    scale: Keywords = {"vmin": -limit, "vmax": limit, "cmap": "PuOr_r", "rasterized": True}
    table = np.ma.masked_invalid(grid.table(gap.filled(np.nan)))
    mesh = ax.pcolormesh(grid.first, grid.second, table, gid="log ratio", **scale)
    ax.set_facecolor("#d9d9d9")
    _finish(ax, grid.first, grid.second, title)
    _bar(ax, mesh, "nat", beyond)
    return ax


def usual(gap: np.ma.MaskedArray, reference: Array) -> float:
    """Return what |gap| stays below for 99 of 100 draws of the reference: its tails do not set the scale."""
    shown = ~np.ma.getmaskarray(gap)
    if not shown.any():
        return 0.0
    sizes, likely = np.abs(gap.data[shown]), np.exp(reference[shown] - reference[shown].max())
    order = np.argsort(sizes)
    within = np.searchsorted(np.cumsum(likely[order]), 0.99 * likely.sum())
    return float(sizes[order][min(within, len(sizes) - 1)])


def log_gap(log_prob: Array, reference: Array) -> np.ma.MaskedArray:
    """Return log_prob − reference, masked where the reference is too small or either is not finite."""
    matters = reference >= np.nanmax(reference) + np.log(SEEN)
    gap = np.where(matters, log_prob, np.nan) - np.where(matters, reference, 0.0)
    return np.ma.masked_invalid(gap)


def _finish(ax: Axes, first: Array, second: Array, title: str) -> None:
    ax.set(xlim=(first[0], first[-1]), ylim=(second[0], second[-1]), title=title)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    if FLATTEST <= np.ptp(second) / np.ptp(first) <= TALLEST:
        ax.set_aspect("equal")
    tidy(ax).tick_params(axis="x", pad=6)


def _bar(ax: Axes, mesh: QuadMesh, label: str, extend: str = "neither") -> None:
    """Put a colour bar right of the axes, exactly as high as they are."""
    bar = ax.figure.colorbar(mesh, cax=ax.inset_axes((1.03, 0.0, 0.045, 1.0)), label=label, extend=extend)
    bar.outline.set_linewidth(0.5)
    tidy(bar.ax).tick_params(top=False, left=False, bottom=False)

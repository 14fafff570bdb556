"""Errors and losses: against the position, the size of a basis, or the steps of a training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array
from sciml.plot._style import (
    INK,
    SMALL,
    Keywords,
    axes_or_new,
    colour,
    dash,
    legend_above,
    short,
    styled,
    tidy,
)

EPSILON = float(np.finfo(float).eps)
FEW = 20  # a curve of no more points than this is drawn with markers
WIDE = 30.0  # an axis over a larger ratio than this is logarithmic
Curves = Mapping[str, tuple[ArrayLike, ArrayLike]]


@styled
def convergence(
    curves: Curves,
    *,
    tolerance: float | None = None,
    xlabel: str = "step",
    ylabel: str = "relative error",
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw how errors or losses fall.

    The axis of values is logarithmic where all are positive and far apart; so is that of steps where they
    grow by factors, as the sizes of a basis do.

    Args:
        curves: For each name, the steps or sizes and the values there; what is not finite is left out.
        tolerance: Drawn as a dotted line.
        xlabel: Label of the horizontal axis.
        ylabel: Label of the vertical axis.
        legend: Whether to name the curves.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; its lines carry the names as gid, and "tolerance".
    """
    ax = axes_or_new(ax)
    for index, (name, (along, values)) in enumerate(curves.items()):
        x, y = _finite(along, values)
        marker = "o" if len(x) <= FEW else ""
        style: Keywords = {"color": colour(index), "linestyle": dash(index), "marker": marker}
        ax.plot(x, y, label=name, gid=name, linewidth=1.2, markersize=3.2, **style)
    _scales(ax, curves)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if tolerance:
        threshold(ax, tolerance)
    if legend and len(curves) > 1:
        legend_above(ax, len(curves))
    return tidy(ax)


@styled
def deviation(
    x: ArrayLike, errors: Mapping[str, ArrayLike], *, ylabel: str = "error", ax: Axes | None = None
) -> Axes:
    """Draw how far fields are from their references along x, on a logarithmic axis; zeros are left out."""
    ax = axes_or_new(ax)
    ax.set_yscale("log")
    for index, (name, values) in enumerate(errors.items()):
        error = np.abs(np.asarray(values, dtype=float))
        shown = np.ma.masked_where(~(error > 0), error)
        ax.plot(x, shown, color=colour(index), linestyle=dash(index), linewidth=0.8, gid=name)
    ax.set(xlabel="x", ylabel=ylabel)
    ax.set_ylim(*_decades([np.abs(np.asarray(values, dtype=float)) for values in errors.values()]))
    return tidy(ax)


def relative(values: ArrayLike, reference: float) -> Array:
    """Return |values − reference| / |reference|, no smaller than rounding; absolute where it is zero."""
    apart = np.abs(np.asarray(values, dtype=float) - reference)
    return np.maximum(apart / (abs(reference) or 1.0), EPSILON)


def threshold(ax: Axes, tolerance: float) -> None:
    """Draw the tolerance as a line across, with its value."""
    ax.axhline(tolerance, color=INK, linewidth=0.8, linestyle=":", gid="tolerance")
    _include(ax, tolerance)
    place: Keywords = {"transform": ax.get_yaxis_transform(), "va": "bottom", "size": SMALL, "color": INK}
    ax.text(0.02, tolerance, f"tolerance {short(tolerance)}", gid="tolerance label", **place)


def _include(ax: Axes, value: float) -> None:
    """Widen the vertical axis to hold `value` with room for a line of text."""
    low, high = ax.get_ylim()
    room = 4.0 if ax.get_yscale() == "log" else 1.1
    ax.set_ylim(min(low, value / room), max(high, value * room))


def _finite(along: ArrayLike, values: ArrayLike) -> tuple[Array, Array]:
    x, y = np.asarray(along, dtype=float), np.asarray(values, dtype=float)
    return x[np.isfinite(y)], y[np.isfinite(y)]


def _scales(ax: Axes, curves: Curves) -> None:
    finite = [_finite(*curve) for curve in curves.values()]
    if finite and _wide(np.concatenate([values for _, values in finite])):
        ax.set_yscale("log")
    if finite and all(_grows(along) for along, _ in finite):
        _sizes(ax, np.unique(np.concatenate([along for along, _ in finite])))


def _sizes(ax: Axes, sizes: Array) -> None:
    """Make the axis logarithmic, with a tick at each size where there are few, else at 1, 2 and 5."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    if len(sizes) <= 8:
        ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
        ax.set_xticks([], minor=True)


def _grows(x: Array) -> bool:
    """Whether the values are positive and their steps become larger, as those of sizes that double do."""
    steps = np.diff(x)
    return bool(len(x) > 2 and x[0] > 0 and (steps > 0).all() and steps[-1] > 3 * steps[0])


def _wide(values: Array) -> bool:
    return bool(len(values) and values.min() > 0 and values.max() > WIDE * values.min())


def _decades(errors: list[Array]) -> tuple[float, float]:
    """Return limits from a tenth of the smallest median to the largest error: dips at zeros run out below.

    Tails where both fields vanish do not count: ten decades below the largest error is enough.
    """
    positive = [error[error > 0] for error in errors if (error > 0).any()]
    if not positive:
        return EPSILON, 1.0
    high = max(float(error.max()) for error in positive)
    low = max(min(float(np.median(error)) for error in positive) / 10, 1e-10 * high)
    return 10 ** np.floor(np.log10(low)), max(3 * high, 10 * low)

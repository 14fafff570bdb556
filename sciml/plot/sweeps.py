"""A number of several solutions along one of their parameters, against its references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array
from sciml.plot._heading import titled
from sciml.plot._layout import LEFT, Block, column, label_last
from sciml.plot._series import Series, series_of, summary, unit_of
from sciml.plot._style import (
    INK,
    MUTED,
    REFERENCE,
    SMALL,
    Keywords,
    colour,
    dark,
    figure,
    legend_above,
    short,
    styled,
    with_unit,
)
from sciml.plot.histories import EPSILON
from sciml.runs.solution import Solution

WIDTH, HEIGHT = 6.4, 6.2  # inches
EDGE = 0.05  # of the range, left free at both sides
ROOM = 12.0  # factor below the smallest and above the largest error
LINES = (":", "-.", (0, (1, 3)))  # of curves to compare with, told apart without colour
KNOWN: Keywords = {
    "color": INK,
    "marker": "+",
    "markersize": 9.0,
    "markeredgewidth": 0.8,
    "linestyle": "none",
    "zorder": 5,
}
Curve = tuple[ArrayLike, ArrayLike]


@styled
def swept(
    solutions: Sequence[Solution],
    parameter: str,
    *,
    curves: Sequence[Curve] = (),
    lines: Mapping[str, Curve] | None = None,
) -> Figure:
    """Return the first scalar of the solutions against a parameter; below, its errors and what is allowed.

    Args:
        solutions: One problem's, live or read from folders; those that differ in another parameter as well
            are drawn as series of their own.
        parameter: What varies.
        curves: The reference between the points, one (x, y) a series; else crosses mark the references.
        lines: Other curves, by the names they are to have.

    Raises:
        ArgumentError: If there are no solutions, or one of them has no such parameter or no checked scalar.
    """
    series, others = series_of(solutions, parameter), lines or {}
    fig, first = figure(WIDTH, HEIGHT), solutions[0]
    titled(fig, first.name, all(item.passed is True for item in solutions), summary(series, parameter))
    main, errors = panels = column(fig, Block(LEFT, WIDTH - 0.2, [2.0, 1.0]))
    _upper(main, series, curves, others)
    _errors(errors, series)
    name = series[0].checks[0].name
    main.set_ylabel(with_unit(name, first.units.get(name, "")))
    label_last(panels, with_unit(parameter, unit_of(first, parameter)))
    return fig


def _upper(ax: Axes, series: Sequence[Series], curves: Sequence[Curve], lines: Mapping[str, Curve]) -> None:
    for index, item in enumerate(series):
        _values(ax, item, index, curves[index] if index < len(curves) else None)
    for style, (name, (x, y)) in zip(LINES * len(lines), lines.items(), strict=False):
        ax.plot(x, y, color=MUTED, linewidth=1.2, linestyle=style, label=name, gid=name)
    _legend(ax, series, [*lines], KNOWN if len(curves) < len(series) else REFERENCE)


def _errors(ax: Axes, series: Sequence[Series]) -> None:
    for index, item in enumerate(series):
        ax.plot(item.x, _shown(item), color=colour(index), gid=item.name, **_points(1.0))
    _allowed(ax, series)
    ax.set(ylabel="relative error", xlim=_limits(series))


def _values(ax: Axes, series: Series, index: int, curve: Curve | None) -> None:
    ax.plot(series.x, series.numbers("value"), color=colour(index), gid=series.name, **_points(0.0))
    name = f"reference of {series.name}"
    if curve is None:
        ax.plot(series.x, series.numbers("reference"), gid=name, **KNOWN)
    else:
        ax.plot(*curve, gid=name, **REFERENCE)


def _points(linewidth: float) -> Keywords:
    return {
        "marker": "o",
        "markersize": 5.0,
        "linewidth": linewidth,
        "linestyle": "-" if linewidth else "none",
    }


def _shown(series: Series) -> Array:
    """Return the errors, no smaller than rounding, for a logarithmic axis."""
    return np.maximum(series.numbers("error"), EPSILON)


def _allowed(ax: Axes, series: Sequence[Series]) -> None:
    """Draw what the checks allow: one line where it is the same for all, else one a series in its colour."""
    allowed = np.concatenate([item.numbers("allowed") for item in series])
    ax.set_yscale("log")
    _room(ax, np.concatenate([*(_shown(item) for item in series), allowed]))
    if allowed.max() < 1.01 * allowed.min():
        x, level = [value for item in series for value in item.x], float(allowed.max())
        _tolerance(ax, [min(x), max(x)], [level, level], f"tolerance {short(level)}", INK)
        return
    for index, item in enumerate(series):
        _tolerance(ax, item.x, item.numbers("allowed"), "tolerance", colour(index))


def _tolerance(ax: Axes, x: ArrayLike, allowed: ArrayLike, label: str, shade: str) -> None:
    """Draw what is allowed, and name it at its right end unless something is named there."""
    where, levels = np.asarray(x), np.asarray(allowed)
    style: Keywords = {"color": shade, "linewidth": 1.0, "linestyle": ":", "drawstyle": "steps-mid"}
    ax.plot(where, levels, gid="tolerance", **style)
    at: Keywords = {"xytext": (0, 3), "textcoords": "offset points", "ha": "right", "size": SMALL}
    end = (float(where[-1]), float(levels[-1]))
    if end not in [text.xy for text in ax.texts if isinstance(text, Annotation)]:
        ax.annotate(label, end, gid="tolerance label", color=dark(shade), **at)


def _room(ax: Axes, values: Array) -> None:
    shown = values[np.isfinite(values) & (values > 0)]
    ax.set_ylim(shown.min() / ROOM, shown.max() * ROOM)


def _limits(series: Sequence[Series]) -> tuple[float, float]:
    x = np.concatenate([item.x for item in series])
    free = EDGE * float(np.ptp(x)) or EDGE * abs(float(x[0])) or EDGE
    return float(x.min()) - free, float(x.max()) + free


def _legend(ax: Axes, series: Sequence[Series], others: Sequence[str], reference: Keywords) -> None:
    handles = [
        Line2D([], [], label=item.name, color=colour(index), **_points(0.0))
        for index, item in enumerate(series)
    ]
    handles.append(Line2D([], [], label="reference", **reference))
    handles += [line for name in others for line in ax.lines if line.get_gid() == name]
    legend_above(ax, len(handles), handles)

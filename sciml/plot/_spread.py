"""Labels at the right margin: each as near to its level as its neighbours let it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

from sciml.numerics.domains import Array
from sciml.plot._style import MUTED, SMALL, Keywords

LEADING = 1.3  # from line to line of text, in its size


def spread(targets: Array, gap: float, low: float, high: float) -> Array:
    """Return positions `gap` apart in [low, high] that deviate least, in squares, from ascending `targets`.

    Subtracting i·gap turns "at least a gap apart" into "not descending", which is isotonic regression.

    >>> spread(np.array([1.0, 1.0, 5.0]), 1.0, 0.0, 9.0).tolist()
    [0.5, 1.5, 5.0]
    """
    steps = gap * np.arange(len(targets))
    highest = max(low, high - gap * (len(targets) - 1))
    positions: Array = np.clip(isotonic_regression(targets - steps).x, low, highest) + steps
    return positions


def figures(values: Sequence[float], fewest: int = 7, most: int = 12) -> list[str]:
    """Return the values with as many significant digits as help to tell them apart, seven or more.

    >>> figures([0.5, 1.63948018])
    ['0.5000000', '1.639480']
    >>> figures([2.00000001, 2.00000002])
    ['2.00000001', '2.00000002']
    """
    trials = [[f"{value:#.{digits}g}".rstrip(".") for value in values] for digits in range(fewest, most + 1)]
    return max(trials, key=lambda texts: len(set(texts)))


def label_levels(ax: Axes, texts: Sequence[str], values: Array, colours: Sequence[str]) -> None:
    """Write `texts` right of the axes at the heights `values`, apart, with a leader line to each level."""
    low, high = ax.get_ylim()
    width, height = _points(ax)
    gap = LEADING * SMALL / height
    chosen = np.argsort(values, kind="stable")[:: max(1, int(np.ceil(len(values) * gap)))]
    levels = (values[chosen] - low) / (high - low)
    for index, level, place in zip(chosen, levels, spread(levels, gap, gap / 2, 1 - gap / 2), strict=True):
        _leader(ax, width, float(level), float(place))
        _text(ax, 1 + 15 / width, float(place), texts[index], colours[index])


def _text(ax: Axes, along: float, up: float, text: str, shade: str) -> None:
    at: Keywords = {"transform": ax.transAxes, "va": "center_baseline", "parse_math": False}
    ax.text(along, up, text, color=shade, size=SMALL, gid="level label", **at)


def _leader(ax: Axes, width: float, level: float, place: float) -> None:
    along = [1 + 2 / width, 1 + 5 / width, 1 + 10 / width, 1 + 13 / width]
    up = [level, level, place, place]
    line = Line2D(along, up, transform=ax.transAxes, color=MUTED, linewidth=0.5, clip_on=False, gid="leader")
    ax.add_artist(line)


def _points(ax: Axes) -> tuple[float, float]:
    """Return width and height of the axes in points."""
    scale = 72 / ax.figure.dpi
    return ax.bbox.width * scale, ax.bbox.height * scale

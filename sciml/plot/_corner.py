"""Pairs of columns: data as dots, a model's samples as contours; on the diagonal each column alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter

from sciml.numerics.domains import Array
from sciml.plot._style import INK, SMALL, Keywords, colour, tidy

MOST = 6  # columns in one figure
FEW = 20  # a column of no more distinct values than these is drawn as levels
DOTS = 1500  # more would cover each other
BINS = 24  # of a histogram
CELLS = 48  # of a side of the table behind the contours
MASSES = (0.9, 0.5)  # inside the contours
TAIL = 0.003  # share of a column's values beyond either end of its axis
MISSING = ("nan", "None", "<NA>", "NaT")  # cells of text that are not there
SEED = (0xC0, 0)  # of the jitter of levels: a stream that no data use
OUTSIDE = 0.36  # inches from a panel to its axis label at the left
SHORT = 16  # characters of a name beside its axis


@dataclass(frozen=True)
class Pair:
    """One column of data and of samples as numbers, with what its axis shows.

    Attributes:
        name: Of the column.
        rows: The data, (n,), NaN where missing.
        draws: The samples, (m,).
        levels: The names of categories at 0, 1, …; empty for numbers.
    """

    name: str
    rows: Array
    draws: Array
    levels: tuple[str, ...] = ()

    @property
    def discrete(self) -> bool:
        """Whether the values are levels."""
        return bool(self.levels) or len(np.unique(self.pooled)) <= FEW

    @property
    def pooled(self) -> Array:
        """All values that are there."""
        both = np.concatenate([self.rows, self.draws])
        finite: Array = both[np.isfinite(both)]
        return finite

    @property
    def distance(self) -> float:
        """Kolmogorov and Smirnov's distance between data and samples."""
        from scipy.stats import ks_2samp  # 0.4 CPU s, which other figures need not pay

        first, second = (values[np.isfinite(values)] for values in (self.rows, self.draws))
        return float(ks_2samp(first, second, method="asymp").statistic)

    @property
    def limits(self) -> tuple[float, float]:
        """What the axis shows: all but the outermost values of the heavier tail."""
        low, high = np.quantile(self.pooled, [0, 1] if self.levels else [TAIL, 1 - TAIL])
        if self.discrete:
            return float(low - 0.6), float(high + 0.6)
        room = 0.06 * (high - low) or 1.0
        return float(low - room), float(high + room)


def pairs_of(data: Mapping[str, ArrayLike], samples: Mapping[str, ArrayLike]) -> list[Pair]:
    """Return the columns that both have and that hold values in both."""
    pairs = [_pair(name, data[name], samples[name]) for name in data if name in samples]
    return [item for item in pairs if np.isfinite(item.rows).any() and np.isfinite(item.draws).any()]


def _pair(name: str, rows: ArrayLike, draws: ArrayLike) -> Pair:
    first, second = np.asarray(rows), np.asarray(draws)
    if first.dtype.kind in "fiu" and second.dtype.kind in "fiu":
        return Pair(name, first.astype(float), second.astype(float))
    texts = np.array([str(value) for values in (first, second) for value in values])
    there = ~np.isin(texts, MISSING)
    levels, indices = np.unique(texts[there], return_inverse=True)
    codes = np.full(len(texts), np.nan)
    codes[there] = indices
    return Pair(name, codes[: len(first)], codes[len(first) :], tuple(levels.tolist()))


def chosen(pairs: Sequence[Pair], most: int = MOST) -> list[Pair]:
    """Return at most so many columns, those whose samples are furthest from the data, in the given order."""
    far = sorted(pairs, key=lambda item: -item.distance)[:most]
    return [item for item in pairs if item in far] if len(pairs) > most else list(pairs)


def draw_corner(panels: Sequence[Sequence[Axes | None]], pairs: Sequence[Pair]) -> None:
    """Draw into a lower triangle of panels, row by row."""
    last = len(pairs) - 1
    for i, below in enumerate(pairs):
        for j, across in enumerate(pairs[: i + 1]):
            ax = panels[i][j]
            if ax is None:
                continue
            _alone(ax, below) if i == j else _together(ax, across, below)
            _axes(ax, across, below if i != j else None, bottom=i == last, left=j == 0)


def _alone(ax: Axes, pair: Pair) -> None:
    """Draw the two histograms of a column, of one area."""
    edges = _edges(pair)
    looks: list[Keywords] = [
        {"color": INK, "alpha": 0.25, "histtype": "stepfilled", "gid": "data"},
        {"color": colour(0), "histtype": "step", "linewidth": 1.3, "gid": "samples"},
    ]
    for values, look in zip((pair.rows, pair.draws), looks, strict=True):
        inside = values[np.isfinite(values)]
        ax.hist(inside, bins=edges.tolist(), weights=np.full(len(inside), 1 / len(inside)), **look)
    ax.set_yticks([])
    ax.set_ylim(bottom=0)


def _edges(pair: Pair) -> Array:
    """Return the borders of a histogram: halfway between levels, else of equal width."""
    if not pair.discrete:
        return np.linspace(*pair.limits, BINS + 1)
    low, high = pair.limits
    levels = np.unique(pair.pooled[(pair.pooled > low) & (pair.pooled < high)])
    middles = (levels[1:] + levels[:-1]) / 2
    return np.concatenate([[low], middles, [high]])


def _together(ax: Axes, across: Pair, below: Pair) -> None:
    """Draw data as dots; samples as contours, or as dots where one of the columns has levels."""
    if across.discrete or below.discrete:
        _dots(ax, across, below, "draws", {"color": colour(0), "alpha": 0.35, "gid": "samples"})
    else:
        _contours(ax, across, below)
    _dots(ax, across, below, "rows", {"color": INK, "alpha": 0.45, "gid": "data"})


def _dots(ax: Axes, across: Pair, below: Pair, which: str, look: Keywords) -> None:
    rng = np.random.default_rng(SEED)
    places = [_jittered(getattr(item, which)[:DOTS], item, rng) for item in (across, below)]
    size = float(np.clip(60 / np.sqrt(len(places[0]) + 1), 1.6, 3.2))
    ax.plot(*places, ".", markersize=size, markeredgewidth=0, rasterized=True, **look)


def _jittered(values: Array, pair: Pair, rng: np.random.Generator) -> Array:
    if not pair.discrete:
        return values
    gaps = np.diff(np.unique(pair.pooled))
    return values + 0.3 * float(gaps.min() if len(gaps) else 1.0) * rng.uniform(-1, 1, len(values))


def _contours(ax: Axes, across: Pair, below: Pair) -> None:
    """Draw the borders of the smallest regions with given shares of the samples, by a smoothed table."""
    sides = [np.linspace(*_beyond(pair.limits), CELLS + 1) for pair in (across, below)]
    table = np.histogram2d(across.draws, below.draws, bins=sides)[0].T
    width = CELLS * max(0.03, 0.35 * len(across.draws) ** (-1 / 6) / 4)
    smooth = gaussian_filter(table, width, mode="constant")
    levels = sorted({border(smooth, mass, table) for mass in MASSES})
    middles = [(side[1:] + side[:-1]) / 2 for side in sides]
    if len(levels) == len(MASSES):
        drawn = ax.contour(*middles, smooth, levels=levels, colors=[colour(0)], linewidths=[0.8, 1.2])
        drawn.set_gid("samples")


def _beyond(limits: tuple[float, float]) -> tuple[float, float]:
    """Return wider limits, so that contours close outside the panel."""
    room = 0.25 * (limits[1] - limits[0])
    return limits[0] - room, limits[1] + room


def border(density: Array, mass: float, counts: Array) -> float:
    """Return the density above which lie the cells with this share of the counts."""
    order = np.argsort(-density, axis=None)
    cumulative = np.cumsum(counts.ravel()[order])
    return float(density.ravel()[order[np.searchsorted(cumulative, mass * cumulative[-1])]])


def _axes(ax: Axes, across: Pair, below: Pair | None, *, bottom: bool, left: bool) -> None:
    tidy(ax).tick_params(top=False, right=False, labelsize=SMALL - 2, labelbottom=bottom, labelleft=left)
    _axis(ax, "x", across, shown=bottom)
    if below is not None:
        _axis(ax, "y", below, shown=left)


def _axis(ax: Axes, which: str, pair: Pair, *, shown: bool) -> None:
    axis = ax.xaxis if which == "x" else ax.yaxis
    (ax.set_xlim if which == "x" else ax.set_ylim)(*pair.limits)
    if pair.levels and len(pair.levels) <= 4:
        axis.set_ticks(range(len(pair.levels)), [level[:6] for level in pair.levels])
    else:
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10], integer=pair.discrete, prune="both"))
    if shown and which == "y":
        axis.set_label_coords(-OUTSIDE * ax.figure.dpi / ax.bbox.width, 0.5)
    if shown:
        name = pair.name if len(pair.name) <= SHORT else f"{pair.name[: SHORT - 1]}…"
        axis.set_label_text(name, size=SMALL, parse_math=False)

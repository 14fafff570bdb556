"""The calibration of a density: how ranks of held-out rows among samples are distributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array
from sciml.plot._style import (
    INK,
    MUTED,
    SHADE,
    SMALL,
    Keywords,
    axes_or_new,
    colour,
    legend_above,
    styled,
    tidy,
)

NAMED = 3  # curves that get a colour and a name
SIZE = 1e-3  # the probability that a right model's curves leave the band


@styled
def calibration(ranks: Mapping[str, ArrayLike], *, draws: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw the distribution of ranks less the uniform one, which is zero for a right model.

    Right models leave the band with a probability of at most 1e-3, all curves taken together.

    Args:
        ranks: In (0, 1), (n,) for each column; that called "log_density" is drawn thick.
        draws: Among how many shared draws the ranks were taken; None for draws of each row's own.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; its lines carry the names as gid, the band is "band".
    """
    ax = axes_or_new(ax)
    curves = {name: _excess(np.asarray(values, dtype=float)) for name, values in ranks.items()}
    fewest = min(len(np.asarray(values)) for values in ranks.values())
    width = band(fewest, draws, SIZE / len(curves))
    ax.axhspan(-width, width, color=SHADE, linewidth=0, gid="band")
    ax.axhline(0.0, color=INK, linewidth=0.6)
    far = sorted(curves, key=lambda name: -float(abs(curves[name][1]).max()))
    named = list(dict.fromkeys([*(["log_density"] if "log_density" in curves else []), *far]))[:NAMED]
    for name in [*(item for item in reversed(far) if item not in named), *reversed(named)]:
        _curve(ax, name, curves[name], named)
    ax.set(xlim=(0, 1), xlabel="rank of held-out rows among samples", ylabel="share of rows − rank")
    reach = 1.15 * max(width, *(float(abs(excess).max()) for _, excess in curves.values()))
    ax.set_ylim(-reach, reach)
    place: Keywords = {"transform": ax.get_yaxis_transform(), "va": "bottom", "size": SMALL, "color": MUTED}
    ax.text(0.02, -width, "band of right models, 99.9 %", gid="band label", **place)
    handles = [item for name in named for item in ax.lines if item.get_gid() == name]
    legend_above(ax, len(named), handles)
    return tidy(ax)


def band(rows: int, draws: int | None, size: float) -> float:
    """Return what the curve of ranks exceeds with probability `size` at most, by Smirnov's limit.

    >>> round(band(1000, None, 0.05), 3)
    0.047
    """
    from scipy.stats import kstwobign  # 0.4 CPU s, which other figures need not pay

    effective = rows if draws is None else rows * draws / (rows + draws)
    return float(kstwobign.isf(size / 2) / np.sqrt(effective))


def _excess(u: Array) -> tuple[Array, Array]:
    """Return the steps of the ranks' distribution less the uniform one, (2n,)."""
    ranks = np.sort(u)
    steps = np.arange(len(ranks) + 1) / len(ranks)
    return np.repeat(ranks, 2), np.ravel([steps[:-1] - ranks, steps[1:] - ranks], order="F")


def _curve(ax: Axes, name: str, curve: tuple[Array, Array], named: Sequence[str]) -> None:
    look: Keywords = {"color": MUTED, "linewidth": 0.5, "alpha": 0.6}
    if name in named:
        look = {"color": colour(named.index(name)), "linewidth": 1.8 if name == "log_density" else 1.1}
    ax.plot(*curve, gid=name, label=name.replace("_", " ")[:18], **look)

"""The figures of a table's density: data against samples, calibration, scores beside baselines, training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from sciml.plot._calibration import calibration
from sciml.plot._corner import Pair, chosen, draw_corner, pairs_of
from sciml.plot._heading import titled
from sciml.plot._layout import FOOT, HEADING
from sciml.plot._records import STEP
from sciml.plot._scores import Scores, score_bars
from sciml.plot._style import INK, Keywords, colour, figure, styled
from sciml.plot.histories import Curves, convergence

SIDE = 1.12  # inches of a panel of the corner
LEFT, NAMES, RIGHT, VALUES = (
    0.75,
    1.75,
    3.2,
    1.1,
)  # inches: before the corner; names, panels and values beside it
LEAST = 1.35  # inches of the height of a panel beside it
BETWEEN = 0.8  # inches between the panels beside it


@styled
def table_fit(
    name: str,
    data: Mapping[str, ArrayLike],
    samples: Mapping[str, ArrayLike],
    *,
    scores: Scores | None = None,
    ranks: Mapping[str, ArrayLike] | None = None,
    losses: Curves | None = None,
    flow: str = "flow",
    passed: bool | None = None,
    detail: str = "",
) -> Figure:
    """Return the corner plot of data and samples; beside it, scores, calibration and training.

    Args:
        name: Of the table or the problem.
        data: Held-out rows: for each column its values, numbers or text, (n,).
        samples: The model's, by the same names, (m,).
        scores: For each model its mean negative log-likelihood on held-out rows and the standard error, nat.
        ranks: For each column, and for "log_density", the ranks of held-out rows among samples, in (0, 1).
        losses: For each curve the steps and the losses.
        flow: Which of the scores is the flow's.
        passed: The verdict.
        detail: One line below the name; which columns are drawn is added to it.
    """
    pairs = pairs_of(data, samples)
    shown, drawn = chosen(pairs), [bool(scores), bool(ranks), bool(losses)]
    beside = LEAST * sum(drawn) + BETWEEN * (sum(drawn) - 1)
    across = max(SIDE * len(shown), 3 * SIDE, beside)
    height, width = (
        HEADING + FOOT + across + 0.1,
        LEFT + across + (NAMES + RIGHT + VALUES if any(drawn) else 0.15),
    )
    fig = figure(width, height)
    titled(fig, name, passed, " · ".join(part for part in (detail, selection(shown, pairs)) if part))
    draw_corner(_triangle(fig, len(shown), across), shown)
    _legend(fig, across)
    sides = iter(_beside(fig, LEFT + across + NAMES, across, sum(drawn)))
    if scores:
        score_bars(scores, flow=flow, ax=next(sides))
    if ranks:
        calibration(ranks, draws=_count(samples), ax=next(sides))
    if losses:
        convergence(losses, xlabel=STEP, ylabel="loss [nat]", ax=next(sides))
    return fig


@styled
def corner(
    data: Mapping[str, ArrayLike], samples: Mapping[str, ArrayLike], *, columns: Sequence[str] | None = None
) -> Figure:
    """Return pairs of columns: data as dots, samples as contours that hold 50 and 90 % of them.

    Args:
        data: For each column its values, numbers or text, (n,).
        samples: The model's, by the same names, (m,).
        columns: Which to draw; by default at most six, those that differ most.
    """
    pairs = pairs_of(data, samples)
    shown = chosen(pairs) if columns is None else [item for item in pairs if item.name in columns]
    across = SIDE * max(len(shown), 3)
    fig = figure(LEFT + across + 0.15, HEADING + FOOT + across + 0.1)
    titled(fig, "data and samples", None, selection(shown, pairs))
    fig.texts[1].set_visible(False)  # no verdict
    draw_corner(_triangle(fig, len(shown), across), shown)
    _legend(fig, across)
    return fig


def selection(shown: Sequence[Pair], pairs: Sequence[Pair]) -> str:
    """Say which columns are drawn, where not all are."""
    return (
        ""
        if len(shown) == len(pairs)
        else f"{len(shown)} of {len(pairs)} columns, those furthest from the data"
    )


def _triangle(fig: Figure, count: int, across: float) -> list[list[Axes | None]]:
    """Add the lower triangle of square panels."""
    width, height = fig.get_size_inches()
    gap, side = 0.05, across / max(count, 1)
    top = height - HEADING
    return [
        [
            fig.add_axes(((LEFT + j * side) / width, (top - (i + 1) * side + gap) / height,
                          (side - gap) / width, (side - gap) / height))
            for j in range(i + 1)
        ]
        for i in range(count)
    ]  # fmt: skip


def _beside(fig: Figure, left: float, high: float, count: int) -> list[Axes]:
    """Add panels one above the other, together as high as the corner."""
    width, height = fig.get_size_inches()
    side = (high - BETWEEN * (count - 1)) / max(count, 1)
    lows = [FOOT + 0.1 + (side + BETWEEN) * (count - 1 - i) for i in range(count)]
    return [fig.add_axes((left / width, low / height, RIGHT / width, side / height)) for low in lows]


def _legend(fig: Figure, across: float) -> None:
    """Say over the corner what dots and contours are."""
    width, height = fig.get_size_inches()
    dots = Line2D([], [], color=INK, alpha=0.6, marker=".", linestyle="none")
    rows: Any = (dots, Patch(facecolor=INK, alpha=0.25))
    draws = Line2D([], [], color=colour(0))
    at = (LEFT + across) / width, 1 - HEADING / height
    both: Keywords = {"handler_map": {tuple: HandlerTuple(ndivide=None)}, "ncols": 2}
    fig.legend([rows, draws], ["held-out rows", "samples"], loc="lower right", bbox_to_anchor=at, **both)


def _count(samples: Mapping[str, ArrayLike]) -> int:
    return len(np.asarray(next(iter(samples.values()))))

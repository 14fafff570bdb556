"""Models side by side: their losses on held-out rows with standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sciml.plot._style import MUTED, SMALL, Keywords, axes_or_new, colour, dark, styled, tidy

FAR = 6.0  # the axis ends this many times the median gap beyond the best
Scores = Mapping[str, tuple[float, float]]


@styled
def score_bars(scores: Scores, *, flow: str = "flow", ax: Axes | None = None) -> Axes:
    """Draw the negative log-likelihoods of models on held-out rows, the best uppermost, with their errors.

    Args:
        scores: For each model the mean and its standard error, nat; what is not finite is said, not drawn.
        flow: The one in colour.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; its markers carry the names as gid.
    """
    ax = axes_or_new(ax)
    order = sorted(scores, key=lambda name: (not np.isfinite(scores[name][0]), scores[name][0]))
    low, high = _reach([scores[name] for name in order if np.isfinite(scores[name][0])])
    for place, name in enumerate(order):
        _score(ax, place, name, scores[name], high, name == flow)
    ax.set(xlim=(low, high), ylim=(len(order) - 0.4, -0.6), xlabel="−log p of held-out rows [nat]")
    ax.set_yticks(range(len(order)), order, parse_math=False)
    tidy(ax).tick_params(axis="y", left=False, right=False, labelleft=True)
    return ax


def _reach(bars: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return an axis from the best to the worst, but not so far that the others fall together."""
    if not bars:
        return 0.0, 1.0
    values = np.array([value for value, _ in bars])
    errors = np.array([error if np.isfinite(error) else 0.0 for _, error in bars])
    best = float((values - errors).min())
    usual = float(np.median(values - values.min())) or float(errors.max()) or 1.0
    high = min(float((values + errors).max()), float(values.min()) + FAR * usual)
    room = 0.08 * (high - best or 1.0)
    return best - room, high + room


def _score(ax: Axes, place: int, name: str, score: tuple[float, float], high: float, ours: bool) -> None:
    """Draw a model's mean with its error, written at the right; an arrow where it is beyond the axis."""
    value, error = score
    shade = colour(0) if ours else MUTED
    look: Keywords = {
        "color": shade,
        "markersize": 5.5,
        "capsize": 2.5,
        "elinewidth": 1.4,
        "linestyle": "none",
    }
    if np.isfinite(value):
        beyond = value > high
        where = high - 0.02 * (high - ax.get_xlim()[0]) if beyond else value
        spread = None if beyond or not np.isfinite(error) else error
        ax.errorbar([where], [place], xerr=spread, marker=">" if beyond else "o", **look)
        ax.lines[-1].set_gid(name)
    give = f" ± {error:.2f}" if np.isfinite(error) else ""
    text = f"{value:.2f}{give}".replace("-", "−") if np.isfinite(value) else "not finite"
    at: Keywords = {"transform": ax.get_yaxis_transform(), "va": "center", "parse_math": False, "size": SMALL}
    ax.text(1.02, place, text, color=dark(shade), gid="score", **at)

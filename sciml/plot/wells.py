"""A quantum well: potential, levels, and the wavefunctions at their energies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from sciml.numerics.domains import Array
from sciml.plot import _style as style
from sciml.plot._spread import figures, label_levels
from sciml.plot._style import INK, MUTED, REFERENCE, colour
from sciml.plot._view import HUGE, View, closed, scaled, view_of, with_steps

WALL = 0.025  # width of the hatched strip outside the box, as a share of the box
BEYOND: dict[str, Any] = {"facecolor": "none", "edgecolor": "#b9bdc5", "hatch": "/////", "linewidth": 0.0}


@style.styled
def levels(
    x: ArrayLike,
    potential: ArrayLike,
    energies: ArrayLike,
    waves: Sequence[ArrayLike] = (),
    references: Sequence[ArrayLike | None] = (),
    *,
    weights: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    unit: str = "",
    length_unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a well as textbooks do: each wavefunction at its energy, scaled to the distance between levels.

    Args:
        x: Points, ascending, (n,).
        potential: The potential there; a jump between two points is drawn as a vertical step.
        energies: One a state.
        waves: One (n,) a state, or none at all.
        references: What each wave is compared with, drawn dashed over it; None where there is nothing.
        weights: Quadrature weights of the points, from which the ends of the box follow.
        names: Labels of the levels; E0, E1, … by default.
        unit: Unit of the energies.
        length_unit: Unit of x.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; its lines carry the names as gid: "E0" for a level, "psi of E0", "reference of E0".
    """
    ax, points, values = style.axes_or_new(ax), _floats(x), _floats(energies)
    height = np.clip(_floats(potential), -HUGE, HUGE)
    curves = [_floats(wave) for wave in waves]
    view = view_of(points, None if weights is None else _floats(weights), height, values, curves)
    labels = [f"E{index}" for index in range(len(values))] if names is None else list(names)
    exact = [None if item is None else _floats(item) for item in references]
    _frame(ax, view, curves)
    ax.set(xlabel=style.with_unit("x", length_unit), ylabel=style.with_unit("energy", unit))
    _potential(ax, points, height, view)
    _states(ax, points, view, curves, exact, labels)
    _legend(ax, bool(curves), any(item is not None for item in exact))
    texts = [f"{name} = {text}" for name, text in zip(labels, figures(values.tolist()), strict=True)]
    label_levels(ax, texts, values, [style.dark(colour(index)) for index in range(len(values))])
    return ax


def _floats(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=float)


def _frame(ax: Axes, view: View, waves: Sequence[Array]) -> None:
    """Set the limits, and hatch what lies beyond the walls of a closed box."""
    margin = WALL * (view.right - view.left)
    ax.set(xlim=(view.left - margin, view.right + margin), ylim=(view.low, view.high))
    if all(closed(wave) for wave in waves):
        for inner, outer in ((view.left, view.left - margin), (view.right, view.right + margin)):
            ax.axvspan(inner, outer, gid="wall", **BEYOND)
            ax.axvline(inner, color=INK, linewidth=1.4)


def _potential(ax: Axes, x: Array, potential: Array, view: View) -> None:
    """Fill the potential; hatch it where it is higher than the picture."""
    position, height = with_steps(x, potential)
    position = np.concatenate([[view.left], position, [view.right]])
    height = np.concatenate([height[:1], height, height[-1:]])
    span = view.high - view.low
    shown = np.clip(height, view.low - span, view.high + span)
    ax.fill_between(
        position, view.low, shown, color=style.SHADE, linewidth=0, zorder=0.5, gid="potential fill"
    )
    fine = np.linspace(view.left, view.right, 2001)
    above = np.interp(fine, position, height) > view.high
    ax.fill_between(fine, view.low, view.high, where=above, zorder=0.6, gid="above view", **BEYOND)
    ax.plot(position, shown, color=MUTED, linewidth=1.0, zorder=1, gid="potential")


def _states(
    ax: Axes,
    x: Array,
    view: View,
    waves: Sequence[Array],
    exact: Sequence[Array | None],
    names: Sequence[str],
) -> None:
    for index, (name, energy, wave, theirs) in enumerate(zip_longest(names, view.energies, waves, exact)):
        shade, height = colour(index), view.heights[index]
        ax.plot([view.left, view.right], [energy, energy], color=shade, linewidth=0.6, gid=name)
        if wave is not None:
            ours = energy + scaled(wave, height)
            ax.fill_between(x, energy, ours, color=shade, alpha=0.13, linewidth=0, zorder=2)
            ax.plot(x, ours, color=shade, linewidth=1.8, zorder=3, gid=f"psi of {name}")
        if theirs is not None:
            ax.plot(x, energy + scaled(theirs, height, by=wave), gid=f"reference of {name}", **REFERENCE)


def _legend(ax: Axes, ours: bool, reference: bool) -> None:
    handles = [Line2D([], [], color=MUTED, linewidth=1.0, label="potential")]
    handles += [Line2D([], [], color=colour(0), label="ψ at its energy (scaled)")] if ours else []
    handles += [Line2D([], [], label="reference", **REFERENCE)] if reference else []
    style.legend_above(ax, len(handles), handles)

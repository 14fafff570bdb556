"""Profiles along x: a travelling front, a flame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from sciml.plot._style import REFERENCE, axes_or_new, colour, dash, legend_above, styled, tidy, with_unit

OURS = 2.0  # line width: wide enough to be seen under the reference's dashes


@styled
def front(
    x: ArrayLike,
    fields: Mapping[str, ArrayLike],
    references: Mapping[str, ArrayLike] | None = None,
    *,
    first: int = 0,
    ylabel: str = "",
    length_unit: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw fields along x, each with its reference dashed over it.

    Args:
        x: Points, ascending, (n,).
        fields: One (n,) a field.
        references: What the fields are compared with, by the same names.
        first: The number of the first colour.
        ylabel: Label of the vertical axis; the name of a lone field by default.
        length_unit: Unit of x.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes; its lines carry the names as gid, references as "reference of NAME".
    """
    ax, exact = axes_or_new(ax), references or {}
    for index, (name, values) in enumerate(fields.items(), start=first):
        ax.plot(x, values, color=colour(index), linestyle=dash(index), linewidth=OURS, gid=name)
        if name in exact:
            ax.plot(x, exact[name], gid=f"reference of {name}", **REFERENCE)
    ends = np.asarray(x, dtype=float)[[0, -1]]
    label = ylabel or (next(iter(fields)) if len(fields) == 1 else "")
    ax.set(xlim=tuple(ends), xlabel=with_unit("x", length_unit), ylabel=label)
    name_curves(ax, list(fields), bool(exact), first)
    return tidy(ax)


def name_curves(ax: Axes, names: list[str], reference: bool, first: int = 0) -> None:
    """Name the curves above the axes, and the reference last."""
    shades = [(name, colour(index), dash(index)) for index, name in enumerate(names, start=first)]
    handles = [Line2D([], [], label=name, color=shade, linestyle=style) for name, shade, style in shades]
    handles += [Line2D([], [], label="reference", **REFERENCE)] if reference else []
    legend_above(ax, len(handles), handles)

"""Figures of equations in several coordinates: maps, slices and errors; curves along a single coordinate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sciml.numerics.domains import Array
from sciml.plot._drawing import Arrays, Drawing
from sciml.plot._grid import Grid, grid_of
from sciml.plot._heading import heading
from sciml.plot._records import LOSS, STEP, recorded
from sciml.plot._style import REFERENCE, Keywords, colour, figure, styled, tidy
from sciml.plot.flame import fields_of
from sciml.plot.fronts import front
from sciml.plot.histories import convergence, deviation
from sciml.runs.solution import Solution

WIDTH, HEIGHT, HEAD = 3.4, 2.7, 0.95  # inches of a panel and of the heading
SLICES = (0.0, 1 / 3, 2 / 3, 1.0)  # of the last axis, along which fields are drawn
FLOOR = 1e-6  # of the largest error: what lies below has the colour of that


@styled
def pde(solution: Solution) -> Figure:
    """Return each field as a map with slices beside it, and its error; along one coordinate as a curve."""
    arrays, names = solution.sampled, axes_of(solution)
    fields, references = known_fields(arrays)
    if arrays["x"].ndim == 1:
        return _curves(solution, arrays["x"], names[0])
    grid = grid_of(arrays["x"])
    fig, panels = _panels(len(fields), 3)
    heading(fig, solution)
    for row, (name, values) in zip(panels, fields.items(), strict=True):
        exact = references.get(name)
        _map(row[0], grid, values, names, name)
        _slices(row[1], grid, values, exact, names, name)
        _judge(row[2], grid, values, exact, names, solution)
    return fig


def known_fields(arrays: Arrays) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the fields that are finite and their references, one number a point."""
    return fields_of({**arrays, "x": arrays["weights"]})


def axes_of(solution: Solution) -> list[str]:
    """Return the names of the coordinates."""
    names = [str(name) for name in solution.curves.get("axes", ())]
    return names if len(names) >= 2 or (solution.sampled["x"].ndim == 1 and names) else ["x", "y"]


def _panels(rows: int, columns: int) -> tuple[Figure, list[list[Axes]]]:
    height = HEAD + HEIGHT * rows
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 1 - HEAD / height), h_pad=0.08)
    fig = figure(WIDTH * columns, height, layout=layout)
    grid = fig.add_gridspec(rows, columns)
    return fig, [[fig.add_subplot(grid[row, column]) for column in range(columns)] for row in range(rows)]


def _map(ax: Axes, grid: Grid, values: Array, names: Sequence[str], name: str) -> None:
    _coloured(ax, grid, values, {"cmap": "viridis", "gid": f"map of {name}"})
    tidy(ax).set(xlabel=names[0], ylabel=names[1], title=name)


def _coloured(ax: Axes, grid: Grid, values: Array, style: Keywords) -> None:
    picture = ax.pcolormesh(
        grid.first, grid.second, grid.table(values), shading="gouraud", rasterized=True, **style
    )
    bar = ax.figure.colorbar(picture, ax=ax, pad=0.02)
    bar.ax.tick_params(labelsize=8.0, width=0.6, length=2)
    bar.outline.set_linewidth(0.5)


def _slices(
    ax: Axes, grid: Grid, values: Array, exact: Array | None, names: Sequence[str], name: str
) -> None:
    for k, share in enumerate(SLICES):
        row = round(share * (len(grid.second) - 1))
        label = f"{names[1]} = {grid.second[row]:.2g}"
        ax.plot(grid.first, grid.table(values)[row], color=colour(k), label=label, gid=f"slice {k}")
        if exact is not None:
            ax.plot(grid.first, grid.table(exact)[row], gid=f"reference of slice {k}", **REFERENCE)
    tidy(ax).set(xlabel=names[0], ylabel=name)
    ax.legend(loc="best", fontsize=8.0)


def _judge(
    ax: Axes, grid: Grid, values: Array, exact: Array | None, names: Sequence[str], solution: Solution
) -> None:
    """Draw the error where there is a reference, else how the loss fell."""
    if exact is None:
        convergence({"loss": recorded(solution, "loss")}, xlabel=STEP, ylabel=LOSS, ax=ax)
        return
    error = np.abs(values - exact)
    largest = float(error.max()) or np.finfo(float).tiny
    shown = np.maximum(error, FLOOR * largest)
    _coloured(ax, grid, shown, {"cmap": "magma", "norm": LogNorm(shown.min(), largest), "gid": "error"})
    tidy(ax).set(xlabel=names[0], ylabel=names[1], title="|error|")


def _curves(solution: Solution, t: Array, name: str) -> Figure:
    fields, references = known_fields(solution.sampled)
    fig, panels = _panels(1, 2)
    heading(fig, solution)
    left, right = panels[0]
    front(t, fields, references, ax=left)
    left.set_xlabel(name)
    if references:
        errors = {each: fields[each] - exact for each, exact in references.items()}
        deviation(t, errors, ylabel="|error|", ax=right)
        right.set_xlabel(name)
    else:
        convergence({"loss": recorded(solution, "loss")}, xlabel=STEP, ylabel=LOSS, ax=right)
    return fig


def _suits(solution: Solution, arrays: Arrays) -> bool:
    """Whether the fields are known along one coordinate, or on a grid of two."""
    if solution.kind != "pde" or "x" not in arrays or not known_fields(arrays)[0]:
        return False
    return arrays["x"].ndim == 1 or arrays["x"].shape[1] == 2


DRAWING = Drawing(pde, _suits)

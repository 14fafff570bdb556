"""The figure of a well in two dimensions: a map of each wavefunction, and how the energies converged."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sciml.numerics.domains import Array
from sciml.plot._drawing import Drawing, on_points
from sciml.plot._grid import Grid, grid_of
from sciml.plot._heading import heading
from sciml.plot._spread import figures
from sciml.plot._states import has_states, states_of
from sciml.plot._style import Keywords, figure, short, styled, tidy
from sciml.runs.solution import Solution

ACROSS, SIZE, HEAD = 4, 2.3, 0.75  # maps in a row; inches of a map and of the heading


@styled
def maps(solution: Solution) -> Figure:
    """Return a map of every wavefunction, with energy and largest error; orange and purple are the signs."""
    states = states_of(solution)
    grid, count = grid_of(states.x), max(1, len(states.waves))
    fig, panels = _panels(count)
    heading(fig, solution)
    texts = figures(list(states.energies.values()))
    for panel, (name, wave), text in zip(panels, states.waves.items(), texts, strict=False):
        wrong = f"\nlargest error {short(np.abs(states.errors[name]).max())}" if name in states.errors else ""
        _map(panel, grid, wave, f"{name} = {text}{wrong}")
    return fig


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    rows, across = -(-count // ACROSS), min(count, ACROSS)
    height = HEAD + (SIZE + 0.65) * rows
    layout = ConstrainedLayoutEngine(rect=(0.01, 0.01, 0.98, 1 - HEAD / height), h_pad=0.08)
    fig = figure(max(4.4, SIZE * across + 0.6), height, layout=layout)
    grid = fig.add_gridspec(rows, across)
    return fig, [fig.add_subplot(grid[divmod(index, across)]) for index in range(count)]


def _map(ax: Axes, grid: Grid, wave: Array, title: str) -> None:
    limit = float(np.abs(wave).max()) or 1.0
    scale: Keywords = {"vmin": -limit, "vmax": limit, "cmap": "PuOr_r", "shading": "gouraud"}
    ax.pcolormesh(grid.first, grid.second, grid.table(wave), gid="psi", rasterized=True, **scale)
    ax.set(aspect="equal", title=title)
    tidy(ax)


DRAWING = Drawing(maps, on_points("quantum", 2, has_states))

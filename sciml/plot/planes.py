"""The figure of an operator between functions of a plane: inputs, predictions, references and errors."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sciml.numerics.domains import Array
from sciml.plot._drawing import Arrays, Drawing, on_points
from sciml.plot._heading import heading
from sciml.plot._records import STEP
from sciml.plot._style import SMALL, figure, styled
from sciml.plot.histories import convergence
from sciml.plot.operators import lower, samples_of
from sciml.runs.solution import Solution

SIDE, HEAD, CURVE = 2.3, 1.0, 2.2  # inches of a picture, of the heading, of the curve below
TITLES = ("input", "prediction", "reference", "error / rms")
MAPS = ("viridis", "viridis", "viridis", "RdBu_r")


@styled
def planes(solution: Solution) -> Figure:
    """Return a row of pictures for each test sample kept, and below how the training went."""
    arrays, curves = solution.sampled, lower(solution)
    count, error = samples_of(arrays), solution.metrics.get("error")
    under = CURVE if STEP in curves else 0.0
    width, height = 4 * SIDE + 1.2, HEAD + count * SIDE + under
    fig = figure(width, height)
    heading(fig, solution, "" if error is None else f"mean relative error {error:.2g}")
    top = 1 - HEAD / height
    grid = fig.add_gridspec(
        count, 4, top=top, bottom=(under + 0.15) / height, left=0.05, right=0.93, hspace=0.12, wspace=0.3
    )
    for index in range(count):
        _row(fig, [fig.add_subplot(grid[index, column]) for column in range(4)], arrays, index)
    if under:
        below = fig.add_axes((0.1, 0.5 / height, 0.83, (CURVE - 0.75) / height))
        convergence(curves[STEP], xlabel=STEP, ylabel="loss", ax=below)
    return fig


def placed(points: Array, values: Array) -> Array:
    """Return values at the points (n m, 2) of a grid, y running fastest, as an image (m, n)."""
    m = int((points[:, 0] == points[0, 0]).sum())
    image: Array = values.reshape(-1, m).T
    return image


def _row(fig: Figure, axes: list[Axes], arrays: Arrays, index: int) -> None:
    names = (f"input{index}", f"output{index}", f"output{index}_reference")
    given, found, known = (arrays[name] for name in names)
    scale = float(np.sqrt(np.mean(known**2))) or 1.0
    off = (found - known) / scale
    low, high, most = float(known.min()), float(known.max()), float(np.abs(off).max()) or 1.0
    limits = ((None, None), (low, high), (low, high), (-most, most))
    points = arrays["x"]
    corners = (points[0, 0], points[-1, 0], points[0, 1], points[-1, 1])
    panels = zip(axes, (given, found, known, off), TITLES, MAPS, limits, strict=True)
    for ax, values, title, shades, (least, largest) in panels:
        image = ax.imshow(
            placed(points, values), origin="lower", extent=corners, cmap=shades, vmin=least, vmax=largest
        )
        image.set_gid(title)
        fig.colorbar(image, ax=ax, fraction=0.046, pad=0.03).ax.tick_params(labelsize=SMALL - 2)
        ax.set(xticks=[], yticks=[])
        if index == 0:
            ax.set_title(title, fontsize=SMALL)


def _has_samples(arrays: Arrays) -> bool:
    return samples_of(arrays) > 0


DRAWING = Drawing(planes, on_points("operator", 2, _has_samples))

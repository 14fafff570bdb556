"""The figure of a learned operator: functions with their images, and the error against the resolution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sciml.numerics.domains import Array
from sciml.plot._drawing import Arrays, Drawing, on_points
from sciml.plot._heading import heading
from sciml.plot._records import STEP, numbers, recorded
from sciml.plot._style import REFERENCE, SMALL, Keywords, colour, figure, legend_above, styled, tidy
from sciml.plot.histories import Curves, convergence, deviation
from sciml.runs.solution import Solution

ACROSS, HEAD = 3.1, 0.95  # inches of a column, and of the heading with the legends
ROWS, GAP, BELOW, CURVE = (1.1, 1.5, 1.1), 0.27, 0.55, 2.0  # inches, from top to bottom
LEFT, RIGHT = 0.85, 0.2  # inches
NAMES = {"ridge": "ridge regression"}


@styled
def operator(solution: Solution) -> Figure:
    """Return input, reference, prediction and error of each test sample kept; below, how errors behave."""
    arrays = solution.sampled
    count, curves = samples_of(arrays), lower(solution)
    fig, panels, below = _panels(count, len(curves))
    heading(fig, solution, _error(solution))
    for index in range(count):
        _sample(panels[index], arrays, index)
    for ax, (label, known) in zip(below, curves.items(), strict=True):
        convergence(known, xlabel=label, ylabel="relative error" if label != STEP else "loss", ax=ax)
        if label != STEP:
            _decade(ax, known)
    return fig


def samples_of(arrays: Mapping[str, Array]) -> int:
    """Return how many samples the arrays hold whole and finite."""
    count = 0
    while all(np.isfinite(arrays.get(name, np.nan)).all() for name in _names(count)):
        count += 1
    return count


def lower(solution: Solution) -> dict[str, Curves]:
    """Return the panels below, by the label along: errors against the points, losses against the step."""
    panels: dict[str, Curves] = {}
    resolution = solution.curves.get("resolution")
    if resolution is not None:
        points = numbers(resolution["points"])
        own = next(iter(solution.certificates), str(solution.parameters.get("model", "model")))
        errors = {"ridge": resolution["ridge"], own: resolution["error"]}
        panels["points of the grid"] = {
            NAMES.get(name, name): (points, numbers(errors[name])) for name in (own, *errors)
        }
    if solution.history:
        names = [name for name in ("loss", "validation") if any(name in row for row in solution.history)]
        panels[STEP] = {name: recorded(solution, name) for name in names}
    return panels


def _decade(ax: Axes, curves: Curves) -> None:
    """Give an axis of errors a decade at least, so that a flat curve looks flat."""
    values = np.concatenate([np.asarray(values, dtype=float) for _, values in curves.values()])
    seen = values[values > 0]
    if seen.size:
        ax.set_yscale("log")
        ax.set_ylim(float(seen.min()) / 3, 4 * float(seen.max()))


def _names(index: int) -> tuple[str, str, str]:
    return f"input{index}", f"output{index}", f"output{index}_reference"


def _error(solution: Solution) -> str:
    error = solution.metrics.get("error")
    return "" if error is None else f"mean relative error {error:.2g}"


def _panels(count: int, curves: int) -> tuple[Figure, list[list[Axes]], list[Axes]]:
    """Return a column of three panels a sample, and the panels below, side by side."""
    under = CURVE + 0.45 if curves else 0.0
    width = LEFT + max(count, 2) * ACROSS + RIGHT
    height = HEAD + sum(ROWS) + 2 * GAP + BELOW + under
    fig, sides = figure(width, height), {"left": LEFT / width, "right": 1 - RIGHT / width}
    upper = fig.add_gridspec(
        3,
        count,
        height_ratios=ROWS,
        top=1 - HEAD / height,
        bottom=(under + BELOW) / height,
        hspace=3 * GAP / sum(ROWS),
        wspace=0.28,
        **sides,
    )
    panels = [[fig.add_subplot(upper[row, index]) for row in range(3)] for index in range(count)]
    if not curves:
        return fig, panels, []
    lower_grid = fig.add_gridspec(
        1, curves, top=(CURVE + 0.1) / height, bottom=0.5 / height, wspace=0.25, **sides
    )
    return fig, panels, [fig.add_subplot(lower_grid[0, index]) for index in range(curves)]


def _sample(panels: list[Axes], arrays: Mapping[str, Array], index: int) -> None:
    """Draw one function, its image and the error of that, one above the other."""
    x = arrays["x"]
    inputs, outputs, exact = (arrays[name] for name in _names(index))
    first, second, third = panels
    first.plot(x, inputs, color=colour(1), gid="input", label="input")
    second.plot(x, outputs, color=colour(0), gid="output", label="prediction")
    second.plot(x, exact, gid="reference", label="reference", **REFERENCE)
    scale = float(np.sqrt(np.mean(exact**2))) or 1.0
    deviation(x, {"error": (outputs - exact) / scale}, ylabel="", ax=third)
    third.yaxis.set_minor_formatter(NullFormatter())
    third.set_ylim(bottom=0.4 * third.get_ylim()[0])  # so that no number stands in the corner
    labels = ("input", "output", "error / rms")
    limits: Keywords = {"xlim": (float(x[0]), float(x[-1]))}
    for ax, label in zip(panels, labels, strict=True):
        tidy(ax).set(ylabel=label if index == 0 else "", xlabel="x" if ax is third else "", **limits)
        ax.tick_params(labelbottom=ax is third, labelsize=SMALL)
    if index == 0:
        legend_above(second, 2)
    first.set_title(f"test sample {index + 1}", fontsize=SMALL)


def _has_samples(arrays: Arrays) -> bool:
    return samples_of(arrays) > 0


DRAWING = Drawing(operator, on_points("operator", 0, _has_samples))

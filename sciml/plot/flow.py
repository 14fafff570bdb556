"""The figure of a density in two dimensions: learned, true, their difference, and the training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sciml.numerics.domains import Array
from sciml.plot._drawing import Arrays, Drawing, on_points
from sciml.plot._grid import grid_of
from sciml.plot._heading import heading
from sciml.plot._records import STEP, recorded
from sciml.plot._style import figure, styled
from sciml.plot.densities import FLATTEST, TALLEST, density, log_ratio
from sciml.plot.histories import convergence
from sciml.runs.solution import Solution

WIDE, NARROW, HEAD, CURVE = 9.6, 5.2, 0.95, 2.2  # inches
BAR = 0.2  # room for the second panel's colour bar, as a share of a panel
ABOVE = 1.5  # the colour scale reaches no further than this times the reference's largest density
SPREAD = ("_std", "_error", "_standard_error", "_stderr", "_se")


@styled
def flow(solution: Solution) -> Figure:
    """Return learned and true density on one colour scale, the log of their ratio, and the training curve."""
    arrays = solution.sampled
    reference = arrays.get("log_prob_reference")
    fig, panels = _panels(_tallness(arrays["x"]), reference is not None, bool(solution.history))
    heading(fig, solution, gap(solution) or _divergence(arrays["x"], arrays["log_prob"], reference))
    _densities(panels, arrays["x"], arrays["log_prob"], reference, arrays.get("samples"))
    if solution.history:
        convergence(_losses(solution), xlabel=STEP, ylabel="loss [nat]", ax=panels[-1])
    return fig


def _tallness(x: Array) -> float:
    """Return height over width of the grid, within what fits a page."""
    width, height = np.ptp(x, axis=0)
    return float(np.clip(height / width, FLATTEST, TALLEST))


def _panels(tallness: float, reference: bool, curve: bool) -> tuple[Figure, list[Axes]]:
    """Return a figure with one panel or three, and the training curve's below where there is one."""
    across, shares = (2.29, (1.0, 1.0, BAR, 1.0)) if reference else (3.65, (1.0,))
    width, below = WIDE if reference else NARROW, CURVE if curve else 0.0
    height = HEAD + across * tallness + 0.85 + below
    fig, sides = figure(width, height), {"left": 0.6 / width, "right": 1 - 0.95 / width}
    up = {"top": 1 - HEAD / height, "bottom": (below + 0.5) / height, "wspace": 0.15, **sides}
    upper = fig.add_gridspec(1, len(shares), width_ratios=shares, **up)
    panels = [fig.add_subplot(upper[0, index]) for index, share in enumerate(shares) if share != BAR]
    lower = fig.add_gridspec(1, 1, top=(CURVE - 0.35) / height, bottom=0.52 / height, **sides)
    return fig, [*panels, fig.add_subplot(lower[0, 0])] if curve else panels


def _densities(
    panels: list[Axes], x: Array, ours: Array, reference: Array | None, samples: Array | None
) -> None:
    if reference is None:
        density(x, ours, samples=samples, title="learned density", ax=panels[0])
        return
    largest = float(
        np.exp(min(np.nanmax(reference) + np.log(ABOVE), max(np.nanmax(reference), np.nanmax(ours))))
    )
    density(x, ours, largest=largest, samples=samples, title="learned density", bar=False, ax=panels[0])
    density(x, reference, largest=largest, title="reference density", ax=panels[1])
    log_ratio(x, ours, reference, title="log learned − log reference", ax=panels[2])
    for panel in panels[1:3]:
        panel.set_ylabel("")
        panel.tick_params(labelleft=False)


def gap(solution: Solution) -> str:
    """Return the gap to the reference in nat with its standard error, where the solution measured one."""
    names = [name for name in solution.metrics if "gap" in name and not name.endswith(SPREAD)]
    if not names:
        return ""
    name = names[0]
    spreads = [solution.metrics[name + end] for end in SPREAD if name + end in solution.metrics]
    spread = solution.stds.get(name, spreads[0] if spreads else None)
    return f"gap {solution.metrics[name]:.4f}{'' if spread is None else f' ± {spread:.4f}'} nat"


def _divergence(x: Array, ours: Array, reference: Array | None) -> str:
    """Return the Kullback–Leibler divergence of ours from the reference, by the sum over the grid."""
    if reference is None:
        return ""
    grid = grid_of(x)
    truth = np.exp(grid.table(reference)) * grid.cell
    seen = truth > 0
    value = float(truth[seen] @ (grid.table(reference)[seen] - grid.table(ours)[seen]))
    return f"KL(reference ‖ learned) = {value:.4f} nat on the grid"


def _losses(solution: Solution) -> dict[str, tuple[Array, Array]]:
    """Return the training loss and whatever was recorded on validation data."""
    names = dict.fromkeys(
        name for row in solution.history for name in row if name == "loss" or "valid" in name
    )
    return {name: recorded(solution, name) for name in names}


def _has_density(arrays: Arrays) -> bool:
    return "log_prob" in arrays and bool(np.isfinite(arrays["log_prob"]).any())


DRAWING = Drawing(flow, on_points("flow", 2, _has_density))

"""Which figure a solution gets."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from matplotlib.figure import Figure

from sciml.errors import ArgumentError
from sciml.runs.solution import Solution

# Each is a file of this folder with a DRAWING; the first that suits is drawn.
FIGURES = ("table_runs", "quantum", "maps", "flame", "flow", "operators", "planes", "pde")


def comparison(solution: Solution) -> Figure:
    """Return the figure that holds a solution, live or read from a folder, against its reference.

    What there is no reference or no history for is left out.

    Raises:
        ArgumentError: If the solution has no sampled fields of a shape that can be drawn.
    """
    drawing = drawing_of(solution)
    if drawing is None:
        raise ArgumentError(
            f"comparison: {solution.name!r} ({solution.kind}) has no sampled fields that can be drawn; "
            f"got {sorted(solution.sampled) or 'none'}"
        )
    return drawing(solution)


def drawable(solution: Solution) -> bool:
    """Whether `comparison` can draw the solution: a family, a dimension and finite values that it knows."""
    return drawing_of(solution) is not None


def drawing_of(solution: Solution) -> Callable[[Solution], Figure] | None:
    """Return what draws the solution; None where no figure suits it."""
    arrays = solution.sampled
    drawings = (import_module(f"sciml.plot.{name}").DRAWING for name in FIGURES)
    return next((drawing.draw for drawing in drawings if drawing.suits(solution, arrays)), None)

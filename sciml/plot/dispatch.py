"""Which figure a solution gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from sciml.contracts.reference import Array
from sciml.errors import ArgumentError
from sciml.plot._states import numbers_of
from sciml.plot.flame import fields_of, flame
from sciml.plot.flow import flow
from sciml.plot.maps import maps
from sciml.plot.operators import operator, samples_of
from sciml.plot.quantum import well
from sciml.plot.table_runs import has_table, table_run
from sciml.runs.solution import Solution

Arrays = Mapping[str, Array]
Draw = Callable[[Solution], Figure]


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
    """Return what draws the solution, by its kind, the dimension of its points, and what fields it has."""
    arrays = solution.sampled
    if has_table(solution, arrays):
        return table_run
    if "x" not in arrays:
        return None
    draw, suits = _DRAWINGS.get((solution.kind, arrays["x"].shape[1:]), (None, None))
    return draw if suits is not None and suits(arrays) else None


def _has_states(arrays: Arrays) -> bool:
    return bool(numbers_of(arrays))


def _has_fields(arrays: Arrays) -> bool:
    return bool(fields_of(arrays)[0])


def _has_density(arrays: Arrays) -> bool:
    return "log_prob" in arrays and bool(np.isfinite(arrays["log_prob"]).any())


def _has_samples(arrays: Arrays) -> bool:
    return samples_of(arrays) > 0


_DRAWINGS: Mapping[tuple[str, tuple[int, ...]], tuple[Draw, Callable[[Arrays], bool]]] = {
    ("quantum", ()): (well, _has_states),
    ("quantum", (2,)): (maps, _has_states),
    ("flame", ()): (flame, _has_fields),
    ("flow", (2,)): (flow, _has_density),
    ("operator", ()): (operator, _has_samples),
}

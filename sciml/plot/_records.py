"""The panels at the right of a figure: how losses, energies and speeds converged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from sciml.numerics.domains import Array
from sciml.plot._layout import Block, column
from sciml.plot.histories import Curves, convergence
from sciml.runs.solution import Solution

LOSS, STEP = "loss", "training step"
GAP = 0.6  # inches between two panels, for the upper one's label


@dataclass(frozen=True)
class Record:
    """What one panel shows."""

    curves: Curves
    xlabel: str
    ylabel: str
    tolerance: float | None = None


def draw_records(fig: Figure, records: Sequence[Record], left: float, right: float) -> None:
    """Draw the records one above the other; panels with the same curves share the first one's legend."""
    if not records:
        return
    panels = column(fig, Block(left, right, [1.0] * len(records), gap=GAP, shared=False))
    named: set[tuple[str, ...]] = set()
    for panel, record in zip(panels, records, strict=True):
        names, labels = tuple(record.curves), {"xlabel": record.xlabel, "ylabel": record.ylabel}
        convergence(record.curves, tolerance=record.tolerance, legend=names not in named, ax=panel, **labels)
        named.add(names)


def recorded(solution: Solution, name: str) -> tuple[Array, Array]:
    """Return the steps and the values of one column of the history, NaN where a row has none."""
    steps = np.array([row["step"] for row in solution.history], dtype=float)
    return steps, np.array([row.get(name, np.nan) for row in solution.history], dtype=float)


def strictest(solution: Solution) -> float | None:
    """Return the smallest error allowed for a scalar."""
    return min((check.allowed for check in solution.compare().scalars), default=None)


def numbers(values: Sequence[float | None]) -> Array:
    """Return an array with NaN for what a report holds as null."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)

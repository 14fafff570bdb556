"""The figure of a density fitted to a table, from what its run kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sciml.contracts.checks import Check
from sciml.numerics.domains import Array
from sciml.plot._drawing import Drawing
from sciml.plot._heading import ended
from sciml.plot._records import LOSS, recorded
from sciml.plot.histories import Curves
from sciml.plot.tables import table_fit
from sciml.runs.solution import Solution

HOLDOUT, DRAWS, RANKS, LOG_DENSITY = "holdout_", "draws_", "ranks_", "log_density"
SCORE, ERROR = "test_log_prob", "std_error"


def table_run(solution: Solution) -> Figure:
    """Return data against samples, losses on held-out rows, calibration, and the training."""
    arrays, names = solution.sampled, [str(name) for name in solution.table["drawn"]]
    ranks = _columns(arrays, RANKS, names)
    if RANKS + LOG_DENSITY in arrays:
        ranks = {LOG_DENSITY: arrays[RANKS + LOG_DENSITY], **ranks}
    return table_fit(
        solution.name,
        _columns(arrays, HOLDOUT, names),
        _columns(arrays, DRAWS, names),
        scores=scores_of(solution),
        ranks=ranks,
        losses=_losses(solution),
        passed=solution.passed,
        detail=" · ".join(part for part in (nearest(solution), ended(solution)) if part),
    )


def has_table(solution: Solution, arrays: Mapping[str, Array]) -> bool:
    """Whether a solution holds rows and draws of a table."""
    drawn = solution.table.get("drawn") or ()
    return (
        solution.kind == "flow" and len(drawn) > 0 and all(f"{DRAWS}{i}" in arrays for i in range(len(drawn)))
    )


def scores_of(solution: Solution) -> dict[str, tuple[float, float]]:
    """Return the loss of each density on held-out rows with its standard error, where they are known."""
    return {
        name.replace("-", " "): (-number(item[SCORE]), number(item.get(ERROR)))
        for name, item in solution.certificates.items()
        if SCORE in item
    }


def nearest(solution: Solution) -> str:
    """Return by how much the flow leads, or trails, the baseline nearest to it or ahead of it."""
    scores = scores_of(solution)
    others = {name: value for name, (value, _) in scores.items() if name != "flow" and np.isfinite(value)}
    if "flow" not in scores or not others:
        return ""
    name = min(others, key=lambda each: others[each])
    gap = others[name] - scores["flow"][0]
    check = solution.compare().by_name().get(f"lead_over_{name.replace(' ', '-')}")
    spread = f" ± {check.reference:.2f}" if isinstance(check, Check) else ""
    word = "better" if gap > 0 else "worse"
    return f"the flow is {abs(gap):.2f}{spread} nat {word} than {name}, the best baseline"


def number(value: Any) -> float:  # noqa: ANN401
    """Return a number that a report may hold as null."""
    return float("nan") if value is None else float(value)


def _columns(arrays: Mapping[str, Array], head: str, names: list[str]) -> dict[str, Array]:
    return {name: arrays[f"{head}{i}"] for i, name in enumerate(names)}


def _losses(solution: Solution) -> Curves | None:
    columns = dict.fromkeys(name for row in solution.history for name in row if name in (LOSS, "validation"))
    return {name: recorded(solution, name) for name in columns} or None


DRAWING = Drawing(table_run, has_table)

"""What an answer is worth without its reference: its residual on points that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.status import Status
from sciml.pde.determined import freedom
from sciml.pde.form import PdeForm, total
from sciml.pde.recipe import PdeRecipe
from sciml.pinn.fields import PinnFields

RESIDUAL = "residual"
LEAST_ROWS = 2.0  # rows a parameter
OPEN = (
    "the equations leave something open: the answer may move far while the residual stays as small as it is; "
    "look for a boundary or initial condition that is missing, or fix a constant"
)
UNRESOLVED = 2.0  # ratio of the residuals on fresh and on finer points above which they do not settle


def judged(problem: PdeForm, answer: Answer, recipe: PdeRecipe) -> Answer:
    """Return the answer with its residual on fresh points: a number to check, evidence, and doubts."""
    if answer.status is Status.NONFINITE or not isinstance(answer.fields, PinnFields):
        return answer
    fields = answer.fields
    norms = {name: fields.residuals(problem.quadrature(recipe, k), k) for name, k in LOOKS.items()}
    trivial = problem.trivial(recipe, LOOKS["fresh"])
    sizes = {name: total(each) / (trivial or 1.0) for name, each in norms.items()}
    shares = {
        f"{name} of {term}": x / (trivial or 1.0) for name in ("fresh",) for term, x in norms[name].items()
    }
    rows, parameters = row_count(problem, recipe), problem.parameter_count(recipe)
    moves, left_open = freedom(problem, fields, problem.quadrature(recipe), total(norms["fresh"]))
    judged_open = left_open and sizes["fresh"] <= recipe.residual
    evidence: dict[str, Any] = {**sizes, **shares, "rows": rows, "parameters": parameters, "freedom": moves}
    return replace(
        answer,
        metrics={**answer.metrics, RESIDUAL: sizes["fresh"]},
        certificates={**answer.certificates, RESIDUAL: evidence},
        curves={**answer.curves, "axes": list(problem.domain.axes)},
        doubts=(*answer.doubts, *doubts(sizes, rows, parameters), *([OPEN] if judged_open else [])),
    )


LOOKS = {"trained": 1, "fresh": 2, "finer": 3}  # points along each axis, in units of the recipe's


def doubts(sizes: Mapping[str, float], rows: int, parameters: int) -> list[str]:
    """Return what forbids to believe in a small residual."""
    found = []
    if rows < LEAST_ROWS * parameters:
        found.append(
            f"{rows} rows for {parameters} parameters, of which there should be {LEAST_ROWS:g} each; "
            "take more points or a smaller network"
        )
    if sizes["finer"] > UNRESOLVED * sizes["fresh"]:
        found.append(
            f"the residual is {sizes['finer']:.1e} on finer points and {sizes['fresh']:.1e} on coarser ones; "
            "take more points"
        )
    return found


def with_residual(comparison: Comparison, answer: Answer, recipe: PdeRecipe) -> Comparison:
    """Return the comparison with the check of the residual."""
    if RESIDUAL not in answer.metrics:
        return comparison
    check = Check(RESIDUAL, answer.metrics[RESIDUAL], 0.0, 0.0, recipe.residual, better="lower")
    method = comparison.reference_method or "none, judged by the residual on fresh points"
    return replace(comparison, metrics=(*comparison.metrics, check), reference_method=method)


def row_count(problem: PdeForm, recipe: PdeRecipe) -> int:
    """Return the number of rows that are trained on."""
    faces = sum(
        len(problem.place(item.where).points) * len(names)
        for item, names in zip(problem.conditions(), problem.trace.conditions, strict=True)
    )
    return len(problem.quadrature(recipe).points) * len(problem.trace.equations) + faces

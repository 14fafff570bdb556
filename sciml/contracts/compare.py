"""Hold a solution against a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.contracts.reference import Array, Measured, Reference, Sampled

if TYPE_CHECKING:
    from sciml.contracts.problem import Recipe
    from sciml.runs.solution import Solution


def compare_with(solution: Solution, reference: Reference | None, recipe: Recipe) -> Comparison:
    """Return a check for every scalar and field that both the solution and the reference have."""
    if reference is None:
        return Comparison()
    return Comparison(
        scalars=tuple(
            scalar_check(solution, name, measured, recipe.tolerance)
            for name, measured in reference.scalars.items()
        ),
        fields=tuple(
            field_check(name, solution(sampled.x)[name], sampled, recipe.field_tolerance)
            for name, sampled in reference.fields.items()
        ),
        reference_kind=reference.kind,
        reference_method=reference.method,
    )


def scalar_check(solution: Solution, name: str, measured: Measured, tolerance: float) -> Check:
    """Return the check of one scalar of the solution."""
    unit = solution.units.get(name, "")
    return Check(name, solution.scalars[name], measured.value, measured.error, tolerance, unit=unit)


def field_check(name: str, values: Array, sampled: Sampled, tolerance: float) -> FieldCheck:
    """Return the check of one field, given its values at the reference's points."""
    largest = float(np.abs(values - sampled.values).max())
    return FieldCheck(name, sampled.relative_l2(values), largest, sampled.error, tolerance)

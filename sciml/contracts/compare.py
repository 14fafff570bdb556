"""Hold an answer against a reference."""

from __future__ import annotations

import numpy as np

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.numerics.domains import Array


def compare_with(
    answer: Answer, reference: Reference | None, tolerance: float, field_tolerance: float
) -> Comparison:
    """Return a check for every scalar and field of the reference; empty where there is none."""
    if reference is None:
        return Comparison()
    return Comparison(
        scalars=tuple(
            scalar_check(answer, name, measured, tolerance) for name, measured in reference.scalars.items()
        ),
        fields=tuple(
            field_check(name, answer(sampled.x)[name], sampled, field_tolerance)
            for name, sampled in reference.fields.items()
        ),
        reference_kind=reference.kind,
        reference_method=reference.method,
    )


def scalar_check(answer: Answer, name: str, measured: Measured, tolerance: float) -> Check:
    """Return the check of one scalar of the answer."""
    unit = answer.units.get(name, "")
    return Check(name, answer.scalars[name], measured.value, measured.error, tolerance, unit=unit)


def field_check(name: str, values: Array, sampled: Sampled, tolerance: float) -> FieldCheck:
    """Return the check of one field, given its values at the reference's points."""
    largest = float(np.abs(values - sampled.values).max())
    return FieldCheck(name, sampled.relative_l2(values), largest, sampled.error, tolerance)

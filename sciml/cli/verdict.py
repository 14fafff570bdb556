"""What a solution comes to: a table for people, a code for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sciml.cli.output import table
from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.contracts.status import Status
from sciml.runs.storage import plain

if TYPE_CHECKING:
    from sciml.runs.solution import Solution

PASSED, FAILED, UNUSABLE = 0, 1, 4  # exit codes, as docs/contracts.md lists them
HEAD = ("quantity", "ours", "reference", "error", "tolerance", "")
WORDS = {True: "PASS", False: "FAIL", None: "not checked"}


def exit_code(solution: Solution, wants_verdict: bool = True) -> int:
    """Return 0 or 1 where a check decides; 4 for what is no solution, or neither converged nor checked.

    The check decides whatever MAX_STEPS or STALLED says. Where no verdict is wanted, an answer that may be
    looked at is finished wherever it stopped.
    """
    if not solution.status.usable:
        return UNUSABLE
    if solution.passed is None:
        finished = solution.status is Status.CONVERGED or not wants_verdict
        return PASSED if finished else UNUSABLE
    return PASSED if solution.passed else FAILED


def summary(solution: Solution) -> str:
    """Return the table, the evidence that needs no reference, and how it ended."""
    comparison = solution.compare()
    parts = [
        *([f"not to be trusted: {'; '.join(solution.distrusted)}"] if solution.distrusted else []),
        f"{solution.name} ({solution.kind}){_settings(solution.parameters)}",
        *([] if not rows(solution) else [table(HEAD, rows(solution), "lrrrrl")]),
        *_notes(comparison),
        *(f"certificate {name}: {pairs(item)}" for name, item in solution.certificates.items()),
        *(f"remark: {remark}" for remark in solution.remarks if remark not in solution.message),
        f"status: {solution.status.value} - {solution.message or solution.status.advice}",
        f"result: {WORDS[solution.passed]}",
    ]
    return "\n".join(parts)


def rows(solution: Solution) -> list[Sequence[str]]:
    """Return a row for each number and field, checked or not."""
    checks = solution.compare().by_name()
    numbers = {**solution.scalars, **solution.metrics}
    named = {**dict.fromkeys(numbers), **dict.fromkeys(checks)}
    return [_row(solution, name, checks.get(name)) for name in named]


def _row(solution: Solution, name: str, check: Check | FieldCheck | None) -> Sequence[str]:
    unit = solution.units.get(name, "")
    label = f"{name} [{unit}]" if unit else name
    if isinstance(check, FieldCheck):
        return (f"{label} (field)", "", "", f"{check.relative_l2:.2e}", _allowed(check), WORDS[check.passed])
    if check is None:
        value = {**solution.metrics, **solution.scalars}[name]
        return (label, number(value), "", "", "", "")
    reference = {"equal": "", "lower": "<= ", "higher": ">= "}[check.better] + number(check.reference)
    return (label, number(check.value), reference, f"{check.error:.2e}", _allowed(check), WORDS[check.passed])


def number(value: float) -> str:
    """Return a number with up to eleven digits."""
    return f"{value:.11g}"


def _allowed(check: Check | FieldCheck) -> str:
    return f"{check.allowed:.1e}" + ("*" if check.limited else "")


def _notes(comparison: Comparison) -> list[str]:
    """Say what the references are, and what the star means where one is shown."""
    if not comparison.checks:
        return ["no reference: nothing to compare with"]
    method = f": {comparison.reference_method}" if comparison.reference_method else ""
    star = ["* the reference's own error, larger than the tolerance asked for"]
    limited = any(check.limited for check in comparison.checks)
    return [f"error: relative, of a field in the L2 norm; reference {comparison.reference_kind}{method}"] + (
        star if limited else []
    )


def _settings(parameters: Mapping[str, Any]) -> str:
    given = {name: value for name, value in parameters.items() if value != ""}
    return f": {pairs(given)}" if given else ""


def pairs(values: Mapping[str, Any]) -> str:
    """Return names and values in one line."""
    return ", ".join(f"{name} {word(value)}" for name, value in values.items())


def word(value: object) -> str:
    """Return a value, a number with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_json(value: object) -> str:
    """Return JSON that any terminal can show: ASCII only, null for what is undefined."""
    return json.dumps(plain(value), indent=2, allow_nan=False)

"""The content of `report.json`: an answer, whose it is, and its checks as plain values."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from sciml._version import __version__
from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.runs.origin import Origin

FORMAT_VERSION = 1


def report(
    answer: Answer, origin: Origin, comparison: Comparison, passed: bool | None, reference_cpu_s: float
) -> dict[str, Any]:
    """Return the plain values of `report.json`; what is undefined is None.

    Args:
        answer: The numbers found.
        origin: The problem they answer.
        comparison: Their checks.
        passed: The verdict.
        reference_cpu_s: CPU seconds that reference and comparison took.
    """
    kind = comparison.reference_kind
    return {
        "format_version": FORMAT_VERSION,
        "problem": origin.name,
        "kind": origin.kind,
        "parameters": dict(origin.parameters),
        "status": answer.status.value,
        "message": answer.message,
        "passed": passed,
        "seed": origin.seed,
        "quick": origin.quick,
        "start": origin.start,
        "remarks": list(answer.remarks),
        "doubts": list(answer.doubts),
        "scalars": _scalars(answer, comparison),
        "fields": {check.name: _field(check, kind) for check in comparison.fields},
        "metrics": _metrics(answer, comparison),
        **_other_units(answer),
        "certificates": {name: dict(item) for name, item in answer.certificates.items()},
        "curves": dict(answer.curves),
        **({"table": dict(answer.table)} if answer.table else {}),
        "reference": {"kind": kind, "method": comparison.reference_method},
        "stats": {**answer.stats, "reference_cpu_s": reference_cpu_s},
        "versions": versions(),
    }


def _scalars(answer: Answer, comparison: Comparison) -> dict[str, Any]:
    checks = {check.name: check for check in comparison.scalars}
    return {
        name: {
            "value": value,
            "unit": answer.units.get(name, ""),
            "std": answer.stds.get(name),
            **_scalar(checks.get(name), comparison.reference_kind),
        }
        for name, value in answer.scalars.items()
    }


def _metrics(answer: Answer, comparison: Comparison) -> dict[str, Any]:
    checks = {check.name: check for check in comparison.metrics}
    return {
        name: _metric(value, checks.get(name), answer.units.get(name, ""))
        for name, value in answer.metrics.items()
    }


def _other_units(answer: Answer) -> dict[str, dict[str, str]]:
    """Return the units of positions and fields, where they have some."""
    numbers = {**answer.scalars, **answer.metrics}
    others = {name: unit for name, unit in answer.units.items() if unit and name not in numbers}
    return {"units": others} if others else {}


def versions() -> dict[str, str]:
    """Versions of Python, of this package, and of what computes."""
    libraries = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return {"python": platform.python_version(), "sciml": __version__, **libraries}


def _scalar(check: Check | None, kind: str) -> dict[str, Any]:
    if check is None:
        return dict.fromkeys(_SCALAR)
    relative = check.abs_error / abs(check.reference) if check.reference else None
    values = (check.reference, kind, check.reference_error, check.abs_error, relative, check.allowed)
    return dict(zip(_SCALAR, values, strict=True))


_SCALAR = ("reference", "reference_kind", "reference_error", "abs_error", "rel_error", "tolerance")


def _field(check: FieldCheck, kind: str) -> dict[str, Any]:
    return {
        "relative_l2": check.relative_l2,
        "max_abs": check.max_abs,
        "reference_kind": kind,
        "reference_error": check.reference_error,
        "tolerance": check.allowed,
    }


def _metric(value: float, check: Check | None, unit: str) -> dict[str, Any]:
    judged: tuple[Any, ...] = (None,) * len(_METRIC)
    if check is not None:
        judged = (check.reference, check.reference_error, check.allowed, check.better)
    return {"value": value, **dict(zip(_METRIC, judged, strict=True)), "unit": unit}


_METRIC = ("reference", "reference_error", "tolerance", "better")

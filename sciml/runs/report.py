"""The content of `report.json`, from a solution and back."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any, get_args

from sciml._version import __version__
from sciml.contracts.checks import Better, Check, Comparison, FieldCheck
from sciml.contracts.status import Status
from sciml.errors import FileError
from sciml.runs.described import describing
from sciml.runs.solution import Solution

FORMAT_VERSION = 1


def report(solution: Solution) -> dict[str, Any]:
    """Return the plain values of `report.json`; what is undefined is None."""
    comparison = solution.compare()
    scalars = {check.name: check for check in comparison.scalars}
    metrics = {check.name: check for check in comparison.metrics}
    kind = comparison.reference_kind
    return {
        "format_version": FORMAT_VERSION,
        "problem": solution.name,
        "kind": solution.kind,
        "parameters": dict(solution.parameters),
        "status": solution.status.value,
        "message": solution.message,
        "passed": solution.passed,
        "seed": solution.seed,
        "quick": solution.quick,
        "start": solution.start,
        "scalars": {
            name: {
                "value": value,
                "unit": solution.units.get(name, ""),
                "std": solution.stds.get(name),
                **_scalar(scalars.get(name), kind),
            }
            for name, value in solution.scalars.items()
        },
        "fields": {check.name: _field(check, kind) for check in comparison.fields},
        "metrics": {
            name: _metric(value, metrics.get(name), solution.units.get(name, ""))
            for name, value in solution.metrics.items()
        },
        "certificates": {name: dict(item) for name, item in solution.certificates.items()},
        "curves": dict(solution.curves),
        "reference": {"kind": kind, "method": comparison.reference_method},
        "stats": {**solution.stats, "reference_cpu_s": solution.reference_cpu_s},
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of Python, of this package, and of what computes."""
    found = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return {"python": platform.python_version(), "sciml": __version__, **found}


def _scalar(check: Check | None, kind: str) -> dict[str, Any]:
    if check is None:
        return dict.fromkeys(_SCALAR)
    relative = check.abs_error / abs(check.reference) if check.reference else None
    known = (check.reference, kind, check.reference_error, check.abs_error, relative, check.allowed)
    return dict(zip(_SCALAR, known, strict=True))


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


def from_report(content: Mapping[str, Any]) -> Solution:
    """Return the solution that a report describes: numbers and checks, without fields."""
    found = content.get("format_version")
    if not isinstance(found, int):
        raise FileError("report.json: has no format_version; not a report written by sciml")
    if found > FORMAT_VERSION:
        raise FileError(
            f"report.json: format {found} is newer than {FORMAT_VERSION}, the newest this sciml "
            f"({__version__}) reads; update sciml"
        )
    with describing("a solution", "report.json"):
        return replace(_numbers(content), stored=_comparison(content))


def _numbers(content: Mapping[str, Any]) -> Solution:
    scalars = content["scalars"]
    return Solution(
        name=str(content["problem"]),
        kind=str(content["kind"]),
        status=Status(content["status"]),
        message=str(content["message"]),
        parameters=dict(content["parameters"]),
        scalars={name: _number(item["value"]) for name, item in scalars.items()},
        units={name: str(item["unit"]) for name, item in {**scalars, **content["metrics"]}.items()},
        stds={name: float(item["std"]) for name, item in scalars.items() if item["std"] is not None},
        metrics={name: _number(item["value"]) for name, item in content["metrics"].items()},
        certificates={name: dict(item) for name, item in content["certificates"].items()},
        curves=dict(content["curves"]),
        stats=dict(content["stats"]),
        seed=int(content["seed"]),
        quick=bool(content.get("quick", False)),
        start=content.get("start"),
    )


def _comparison(content: Mapping[str, Any]) -> Comparison:
    scalars, metrics = content["scalars"].items(), content["metrics"].items()
    return Comparison(
        scalars=tuple(_check(name, item, "equal") for name, item in scalars if item["reference"] is not None),
        fields=tuple(_field_check(name, item) for name, item in content["fields"].items()),
        metrics=tuple(_check(name, item, item["better"]) for name, item in metrics if item["better"]),
        reference_kind=str(content["reference"]["kind"]),
        reference_method=str(content["reference"]["method"]),
    )


def _check(name: str, item: Mapping[str, Any], better: Any) -> Check:  # noqa: ANN401
    if better not in get_args(Better):
        raise ValueError(f"better: {better!r}")
    value, reference, error, allowed = (_number(item[key]) for key in _CHECK)
    exact = Check(name, value, reference, error, 0.0, better, item["unit"])
    return replace(exact, tolerance=max(allowed - exact.allowed, 0.0))


_CHECK = ("value", "reference", "reference_error", "tolerance")


def _field_check(name: str, item: Mapping[str, Any]) -> FieldCheck:
    keys = ("relative_l2", "max_abs", "reference_error", "tolerance")
    found, largest, error, allowed = (_number(item[key]) for key in keys)
    return FieldCheck(name, found, largest, error, max(allowed - error, 0.0))


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)

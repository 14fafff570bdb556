"""A report read back: the solution that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from sciml._version import __version__
from sciml.contracts.checks import Better, Check, Comparison, FieldCheck
from sciml.contracts.status import Status
from sciml.errors import FileError
from sciml.runs.described import describing
from sciml.runs.report import FORMAT_VERSION
from sciml.runs.solution import Solution

TABLE = ("columns", "drawn", "per_column")  # among the curves in reports of version 0.1.0


def solution_of(content: Mapping[str, Any]) -> Solution:
    """Return the solution that a report describes: numbers and checks, without fields.

    Raises:
        FileError: If it is no report, incomplete, or written by a newer sciml.
    """
    version = content.get("format_version")
    if not isinstance(version, int):
        raise FileError("report.json: has no format_version; not a report written by sciml")
    if version > FORMAT_VERSION:
        raise FileError(
            f"report.json: format {version} is newer than {FORMAT_VERSION}, the newest this sciml "
            f"({__version__}) reads; update sciml"
        )
    with describing("a solution", "report.json"):
        return replace(_numbers(content), stored=_comparison(content)).settled()


def _numbers(content: Mapping[str, Any]) -> Solution:
    scalars = content["scalars"]
    return Solution(
        name=str(content["problem"]),
        kind=str(content["kind"]),
        status=Status(content["status"]),
        message=str(content["message"]),
        parameters=dict(content["parameters"]),
        scalars={name: _number(item["value"]) for name, item in scalars.items()},
        units={
            **{name: str(item["unit"]) for name, item in {**scalars, **content["metrics"]}.items()},
            **{str(name): str(unit) for name, unit in content.get("units", {}).items()},
        },
        stds={name: float(item["std"]) for name, item in scalars.items() if item["std"] is not None},
        metrics={name: _number(item["value"]) for name, item in content["metrics"].items()},
        certificates={name: dict(item) for name, item in content["certificates"].items()},
        curves={name: curve for name, curve in content["curves"].items() if name not in TABLE},
        table=dict(content.get("table") or {}) or _among(content["curves"]),
        stats=dict(content["stats"]),
        seed=int(content["seed"]),
        quick=bool(content.get("quick", False)),
        start=content.get("start"),
        remarks=tuple(map(str, content.get("remarks", ()))),
        doubts=tuple(map(str, content.get("doubts", ()))),
    )


def _among(curves: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report of version 0.1.0 says of a table among its curves."""
    return {name: curves[name] for name in TABLE if name in curves}


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
    relative, largest, error, allowed = (_number(item[key]) for key in keys)
    return FieldCheck(name, relative, largest, error, max(allowed - error, 0.0))


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)

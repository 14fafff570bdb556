"""Parameters of a problem: dataclass fields that know their unit and range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, get_type_hints

from sciml.arguments import refusal
from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def parameter(
    default: Any,  # noqa: ANN401
    doc: str,
    unit: str = "",
    *,
    above: float = -math.inf,
    low: float = -math.inf,
    high: float = math.inf,
) -> Any:  # noqa: ANN401
    """A dataclass field for a problem's parameter, valid where above < value and low ≤ value ≤ high."""
    return field(default=default, metadata={"parameter": Range(doc, unit, above, low, high)})


@dataclass(frozen=True)
class Range:
    """What a parameter means and which values it may take."""

    doc: str
    unit: str = ""
    above: float = -math.inf
    low: float = -math.inf
    high: float = math.inf

    def __contains__(self, value: float) -> bool:
        return math.isfinite(value) and value > self.above and self.low <= value <= self.high

    def __str__(self) -> str:
        lower = f"> {self.above:g}" if self.above > -math.inf else f"≥ {self.low:g}" * (self.low > -math.inf)
        upper = f"≤ {self.high:g}" * (self.high < math.inf)
        return ", ".join(part for part in (lower, upper) if part) or "any"


@dataclass(frozen=True)
class Parameter:
    """One parameter of a problem class: its name, type, default and range."""

    name: str
    type: type
    default: Any
    range: Range

    def parse(self, text: str) -> Any:  # noqa: ANN401
        """Return the value written as `text`, or raise ArgumentTypeError."""
        try:
            return _PARSERS[self.type](text)
        except (ValueError, KeyError):
            raise ArgumentTypeError(refusal(self._label, text, _SPOKEN[self.type])) from None

    def check(self, value: Any) -> None:  # noqa: ANN401
        """Raise unless `value` has the parameter's type and lies in its range."""
        accepted = (int, float) if self.type is float else (self.type,)
        wrong = not isinstance(value, accepted) or (isinstance(value, bool) and self.type is not bool)
        if wrong:
            raise ArgumentTypeError(refusal(self._label, value, _SPOKEN[self.type]))
        if self.type in (int, float) and value not in self.range:
            raise ArgumentError(refusal(self._label, value, f"a value {self.range}"))

    @property
    def _label(self) -> str:
        return f"parameter {self.name!r}"


_SPOKEN: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


_PARSERS: Mapping[type, Any] = {bool: _boolean, int: int, float: float, str: str}


def parameters_of(problem: type[DataclassInstance] | DataclassInstance) -> tuple[Parameter, ...]:
    """The parameters of a problem class, in the order of its fields."""
    owner = problem if isinstance(problem, type) else type(problem)
    hints = get_type_hints(owner)
    unknown = [name for name, hint in hints.items() if _is_parameter(owner, name) and hint not in _SPOKEN]
    if unknown:
        raise ArgumentTypeError(
            f"parameter {unknown[0]!r}: a problem's parameters are bool, int, float or str"
        )
    return tuple(
        Parameter(item.name, hints[item.name], _default(item), item.metadata["parameter"])
        for item in fields(owner)
        if "parameter" in item.metadata
    )


def _is_parameter(owner: type[DataclassInstance], name: str) -> bool:
    return any(item.name == name and "parameter" in item.metadata for item in fields(owner))


def _default(item: Field[Any]) -> Any:  # noqa: ANN401
    return None if item.default is MISSING else item.default


def check_parameters(problem: DataclassInstance) -> None:
    """Raise on the first parameter of `problem` with a wrong type or a value out of range."""
    for item in parameters_of(problem):
        item.check(getattr(problem, item.name))


def find_parameter(problem: type[DataclassInstance], name: str) -> Parameter:
    """The parameter called `name`, or an ArgumentError that offers the nearest one."""
    known = {item.name: item for item in parameters_of(problem)}
    if name not in known:
        raise ArgumentError(f"unknown parameter {name!r}: {did_you_mean(name, known)}")
    return known[name]

"""What a column of a table holds, and how a user says so: `age=integer`, `rate=bounded(0,1)`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean

Array: TypeAlias = NDArray[Any]
Level: TypeAlias = str | int | float | bool

REAL_KINDS = ("real", "positive", "bounded")
DISCRETE_KINDS = ("integer", "categorical")
KINDS = (*REAL_KINDS, *DISCRETE_KINDS)
POLICIES = ("error", "drop", "impute")
LARGEST_INTEGER = 2**53  # beyond it doubles skip whole numbers
MOST_LEVELS = 1000


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: As in the table.
        kind: "real", "positive" (above 0, by its logarithm), "bounded" (within (low, high), by its logit),
            "integer" (a mass at each whole number) or "categorical" (a mass at each level).
        low: Values lie above it; None for no bound.
        high: Values lie below it; None for no bound.
        levels: What a categorical column may hold, in order.
        given: The column is only ever conditioned on: it has no density of its own.
        dtype: The column's type in the training table, restored in samples.
        gaps: Cells were missing in training: whether a cell is missing is then context.
        fill: Stands in context for a missing cell of a discrete column: a level's index, or an integer.
        center: Of a given column of numbers (after log or logit): its median.
        scale: Of a given column of numbers (after log or logit): its spread, above 0.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    levels: tuple[Level, ...] = ()
    given: bool = False
    dtype: str = "float64"
    gaps: bool = False
    fill: int = 0
    center: float = 0.0
    scale: float = 1.0

    @property
    def discrete(self) -> bool:
        """Whether the column has masses rather than a density."""
        return self.kind in DISCRETE_KINDS

    @property
    def bounds(self) -> tuple[float, float]:
        """What values lie between: -∞ and ∞ where there is no bound."""
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    @property
    def categorical(self) -> bool:
        """Whether the column holds levels rather than numbers."""
        return self.kind == "categorical"


@dataclass(frozen=True)
class Kind:
    """A declared kind with its bounds."""

    name: str
    low: float | None = None
    high: float | None = None


def kind_of(text: str, column: str) -> Kind:
    """Return the kind that `text` declares for `column`.

    >>> kind_of("bounded(0, 1)", "rate")
    Kind(name='bounded', low=0.0, high=1.0)
    >>> kind_of("bounded:0:1", "rate").high
    1.0

    Raises:
        ArgumentError: For an unknown kind, or bounds that are not two increasing finite numbers.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"column {column!r}: the kind must be text, not {text!r}")
    name, *bounds = [part.strip() for part in re.split(r"[(:,)]", text.strip().removesuffix(")"))]
    if name not in KINDS:
        raise ArgumentError(f"column {column!r}: unknown kind {name!r}: {did_you_mean(name, KINDS)}")
    if name == "bounded":
        return Kind(name, *_bounds(bounds, column))
    if bounds:
        raise ArgumentError(f"column {column!r}: kind {name!r} takes no bounds, got {text!r}")
    return Kind(name, low=0.0) if name == "positive" else Kind(name)


def _bounds(parts: list[str], column: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        low, high = math.nan, math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ArgumentError(
            f"column {column!r}: bounded needs two finite numbers, the lower first,"
            f" as in bounded(0,1) or bounded:0:1; got {':'.join(parts) or 'none'}"
        )
    return low, high


def declared_kinds(declared: Mapping[str, str] | Iterable[str] | None) -> dict[str, Kind]:
    """Return the declared kinds by column, from a mapping or from texts `NAME=KIND`.

    >>> declared_kinds(["age=integer"])
    {'age': Kind(name='integer', low=None, high=None)}
    """
    if isinstance(declared, str):
        declared = (declared,)
    pairs = declared.items() if isinstance(declared, Mapping) else map(_pair, declared or ())
    found: dict[str, Kind] = {}
    for name, text in pairs:
        if str(name) in found:
            raise ArgumentError(f"column {str(name)!r} is declared twice")
        found[str(name)] = kind_of(text, str(name))
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, kind = str(text).rpartition("=")
    if not (equals and name.strip() and kind.strip()):
        raise ArgumentError(f"a column is declared as NAME=KIND, for example age=integer, not {text!r}")
    return name.strip(), kind.strip()


def known_columns(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a name in `names` that no column has, offering the nearest.

    >>> known_columns("given", ["agee"], ["age", "sex"])
    Traceback (most recent call last):
    sciml.errors.ArgumentError: given: no column 'agee' in the table: did you mean 'age'?
    """
    columns = tuple(known)
    for name in names:
        if name not in columns:
            offer = did_you_mean(name, columns)
            raise ArgumentError(f"{what}: no column {name!r} in the table: {offer}")

"""All kinds of columns, found from types and values or declared: `age=integer`, `rate=bounded(0,1)`.

Booleans, texts and pandas categories are categorical; integer types are integer; floating-point types are
real, whole numbers or not; hurdles where a few values stand out by their rows; positive where all are above 0
over three orders of magnitude; times and texts that write them are dates or datetimes. Counts, circular and
bounded columns are never found, only declared: that no value below a bound was seen does not make lower ones
impossible. `ColumnKind.remark` says what was found and what looks suspicious.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.circular import Circular
from sciml.tables.columns.count import Count
from sciml.tables.columns.faults import ColumnFault, Remedy
from sciml.tables.columns.hurdle import Hurdle
from sciml.tables.columns.integer import Integer
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.columns.moments import Day, Duration, Moment
from sciml.tables.columns.positive import Positive
from sciml.tables.columns.real import Real

if TYPE_CHECKING:
    import pandas as pd

ALL: tuple[type[ColumnKind], ...] = (
    Hurdle,
    Positive,
    Real,
    Bounded,
    Day,
    Moment,
    Duration,
    Circular,
    Integer,
    Count,
    Categorical,
)
KINDS: Mapping[str, type[ColumnKind]] = {kind.name: kind for kind in ALL}


def kind_of(declaration: str | ColumnKind, column: str) -> ColumnKind:
    """Return the kind that a text declares for `column`; a kind is itself.

    >>> kind_of("bounded(0, 1)", "rate")
    Bounded(low=0.0, high=1.0)
    >>> kind_of("bounded:0:1", "rate").high
    1.0

    Raises:
        ArgumentError: For an unknown kind, or parameters that it does not take.
    """
    if isinstance(declaration, ColumnKind):
        return declaration
    if not isinstance(declaration, str):
        raise ArgumentTypeError(f"column {column!r}: the kind must be text, not {declaration!r}")
    text = declaration.strip().removesuffix(")")
    name, *parameters = [part.strip() for part in re.split(r"[(:,)]", text)]
    if name not in KINDS:
        raise ArgumentError(f"column {column!r}: unknown kind {name!r}: {did_you_mean(name, KINDS)}")
    return KINDS[name].declared(parameters, column)


def declared_kinds(
    declared: Mapping[str, str | ColumnKind] | Iterable[str] | None,
) -> dict[str, ColumnKind]:
    """Return the declared kinds by column, from a mapping or from texts `NAME=KIND`.

    >>> declared_kinds(["age=integer"])
    {'age': Integer()}
    """
    if isinstance(declared, str):
        declared = (declared,)
    pairs: Iterable[tuple[str, str | ColumnKind]]
    pairs = declared.items() if isinstance(declared, Mapping) else map(_pair, declared or ())
    kinds: dict[str, ColumnKind] = {}
    for name, declaration in pairs:
        if str(name) in kinds:
            raise ArgumentError(f"column {str(name)!r} is declared twice")
        kinds[str(name)] = kind_of(declaration, str(name))
    return kinds


def _pair(text: str) -> tuple[str, str]:
    name, equals, kind = str(text).rpartition("=")
    if not (equals and name.strip() and kind.strip()):
        raise ArgumentError(f"a column is declared as NAME=KIND, for example age=integer, not {text!r}")
    return name.strip(), kind.strip()


def detected_kind(cells: pd.Series) -> ColumnKind:
    """Return the kind of a column nobody declared."""
    detected = (kind.detected(cells) for kind in KINDS.values())
    for kind in detected:
        if kind is not None:
            return kind
    raise ColumnFault(
        f"column {cells.name!r} holds {cells.dtype}: turn it into numbers or texts first",
        Remedy("drop", str(cells.name), f"of {cells.dtype}"),
    )

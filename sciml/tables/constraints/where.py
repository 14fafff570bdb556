"""Conditions on columns: fixed or bounded, read from texts such as "age > 60" and "smoker=yes"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.errors import ArgumentError, did_you_mean
from sciml.tables.arrays import Array
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.column import Column
from sciml.tables.columns.moments import Duration, Moment
from sciml.tables.columns.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

OPERATORS = ("<=", ">=", "==", "<", ">", "=")
SIGN = re.compile(r"<=|>=|==|=|<|>")
EXPECTED = 'expected a column fixed or bounded, such as "age > 60", "60 < age <= 70" or "smoker=yes"'
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "==": "="}


@dataclass(frozen=True)
class Bound:
    """A column on one side of a value, or at it.

    Attributes:
        column: The column.
        sign: "<", "<=", ">", ">=" or "=".
        value: The cell that it is compared with.
    """

    column: Column
    sign: str
    value: Any

    def inside(self, cells: pd.Series) -> Array:
        """Return which cells satisfy it; a missing one does not."""
        import pandas as pd

        kind = self.column.kind
        if isinstance(kind, Categorical):
            codes = self.column.encode(cells).code
            own = self.column.encode(pd.Series([self.value], name=cells.name)).code
            assert codes is not None
            assert own is not None
            return np.asarray(_compare(codes, self.sign, own[0]) & (codes >= 0))
        x = kind.compared(self.column.plain(cells)).to_numpy(dtype=float, na_value=np.nan)
        with np.errstate(invalid="ignore"):
            return np.asarray(_compare(x, self.sign, self.number))

    @property
    def number(self) -> float:
        """The value as tests of draws compare it: a number, days, or seconds."""
        import pandas as pd

        kind = self.column.kind
        cells = pd.Series([self.value], name=self.column.name)
        if isinstance(kind, Moment):
            days = float((pd.Timestamp(self.value) - pd.Timestamp(0)) / pd.Timedelta(days=1))
            return np.floor(days) + 0.5 if kind.whole_days else days
        if isinstance(kind, Duration):
            return float(pd.Timedelta(self.value).total_seconds())
        return float(self.column.plain(cells).iloc[0])


@dataclass(frozen=True)
class Where:
    """Conditions that all hold; see `parse`."""

    bounds: tuple[Bound, ...]

    @classmethod
    def parse(cls, schema: Schema, conditions: Mapping[str, Any] | Sequence[str]) -> Where:
        """Return conditions written as texts, or as values or bounds by column.

        Args:
            schema: The columns, by whose kinds values are read.
            conditions: Texts such as "age > 60" and "smoker=yes", or a mapping such as
                {"age": ">60", "smoker": "yes", "height": 1.8}.

        Raises:
            ArgumentError: For a text that is none, an unknown column, or a value that its kind does not know.
        """
        free = {column.name: column for column in schema.columns if not column.given}
        if isinstance(conditions, str):
            conditions = (conditions,)
        if isinstance(conditions, Mapping):
            return cls(tuple(b for name, value in conditions.items() for b in _of_mapping(name, value, free)))
        return cls(tuple(bound for text in conditions for bound in _of_text(text, free)))

    @property
    def fixed(self) -> dict[str, Bound]:
        """Columns with a density that are fixed at a value, which no draw ever hits."""
        kinds = {bound.column.name: bound for bound in self.bounds if bound.sign == "="}
        return {name: bound for name, bound in kinds.items() if _never_hit(bound)}

    @property
    def discrete(self) -> Where:
        """The conditions on columns with masses alone."""
        return Where(tuple(bound for bound in self.bounds if not bound.column.kind.has_density))

    def inside(self, frame: pd.DataFrame) -> Array:
        """Return which rows satisfy all conditions but those of `fixed`, (n,)."""
        inside = np.ones(len(frame), dtype=bool)
        fixed = self.fixed
        for bound in self.bounds:
            if bound.column.name not in fixed or bound.sign != "=":
                inside &= bound.inside(frame[bound.column.name])
        return inside

    def __str__(self) -> str:
        return ", ".join(f"{bound.column.name} {bound.sign} {bound.value}" for bound in self.bounds)


def _never_hit(bound: Bound) -> bool:
    import pandas as pd

    if not bound.column.kind.has_density:
        return False
    number = bound.column.encode(pd.Series([bound.value], name=bound.column.name)).number
    return number is not None and bool(np.isfinite(number[0]))


def _compare(x: Array, sign: str, value: Any) -> Array:  # noqa: ANN401
    found = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "=": np.equal}
    return np.asarray(found[sign](x, value))


def _of_mapping(name: str, value: Any, free: Mapping[str, Column]) -> list[Bound]:  # noqa: ANN401
    column = _column(str(name), str(name), free)
    if isinstance(value, str) and (sign := SIGN.match(value.strip())):
        return [_bound(column, sign[0], value.strip()[len(sign[0]) :], f"{name} {value}")]
    if isinstance(value, str):
        return [_bound(column, "=", value, f"{name}={value}")]
    if isinstance(value, tuple) and len(value) == 2:
        return [Bound(column, ">=", value[0]), Bound(column, "<=", value[1])]
    return [Bound(column, "=", value)]


def _of_text(text: str, free: Mapping[str, Column]) -> list[Bound]:
    """Return the one or two bounds of a text; the column is the longest name on a side of its own."""
    parts, signs = [part.strip() for part in SIGN.split(text)], SIGN.findall(text)
    named = [i for i, part in enumerate(parts) if part.strip("`'\"") in free]
    if len(parts) not in (2, 3) or not named or (len(parts) == 3 and named[0] != 1):
        name = parts[0] if len(parts) == 2 else parts[min(1, len(parts) - 1)]
        if len(parts) in (2, 3) and signs and not named:
            raise ArgumentError(f"where: {text!r} names no column to model; {did_you_mean(name, free)}")
        raise ArgumentError(f"where: got {text!r}, {EXPECTED}")
    column = free[parts[named[0]].strip("`'\"")]
    if len(parts) == 3:
        pairs = [(TURNED[signs[0]], parts[0]), (signs[1], parts[2])]
    else:
        pairs = [(signs[0], parts[1])] if named[0] == 0 else [(TURNED[signs[0]], parts[0])]
    return [_bound(column, sign, value, text) for sign, value in pairs]


def _bound(column: Column, sign: str, value: str, text: str) -> Bound:
    sign = "=" if sign == "==" else sign
    if isinstance(column.kind, Categorical) and sign != "=" and not column.kind.ordered:
        raise ArgumentError(
            f"where: {text!r} orders the levels of {column.name!r}, which have no order; use ="
        )
    try:
        cell = column.kind.parse(value.strip().strip("'\""), column.name)
    except ArgumentError as error:
        raise ArgumentError(str(error).replace("given: ", "where: ", 1)) from None
    return Bound(column, sign, cell)


def _column(name: str, text: str, free: Mapping[str, Column]) -> Column:
    if name not in free:
        raise ArgumentError(f"where: {text!r} names no column to model; {did_you_mean(name, free)}")
    return free[name]

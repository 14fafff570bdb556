"""One column of a table: as it is fitted, and as `model.json` describes it in plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.errors import ArgumentError, did_you_mean
from sciml.tables.arrays import Array, robust_scale
from sciml.tables.columns.kind import Coded, ColumnKind
from sciml.tables.columns.kinds import KINDS
from sciml.tables.columns.number_texts import as_numbers
from sciml.tables.discrete.masses import LARGEST_INTEGER

if TYPE_CHECKING:
    import pandas as pd

ALWAYS_SAVED: Mapping[str, Any] = {"low": None, "high": None, "levels": []}  # stated for kinds without, too


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: As in the table.
        kind: What it holds.
        given: The column is only ever conditioned on: it has no density of its own.
        dtype: The column's type in the training table, restored in samples.
        gaps: Cells were missing in training: whether a cell is missing is then context.
        fill: Stands in context for a missing cell of a column with masses: its commonest code.
        center: Of a given column with numbers: their median.
        scale: Of a given column with numbers: their spread, above 0.
        marks: Of numbers that were written as texts: the mark of decimals, then that of thousands.
    """

    name: str
    kind: ColumnKind
    given: bool = False
    dtype: str = "float64"
    gaps: bool = False
    fill: int = 0
    center: float = 0.0
    scale: float = 1.0
    marks: str = ""

    @classmethod
    def fit(cls, cells: pd.Series, kind: ColumnKind, given: bool, marks: str = "") -> Self:
        """Return the column of training cells, declared or detected to be of this kind.

        Args:
            cells: Those of texts that are numbers turned into these.
            kind: Not fitted yet.
            given: Whether it is only conditioned on.
            marks: Of numbers that were texts.
        """
        kind = kind.fit(cells)
        coded = kind.encode(cells)
        gaps = bool(coded.missing.any())
        column = cls(str(cells.name), kind, given, str(cells.dtype), gaps=gaps, marks=marks)
        if coded.code is not None:
            column = replace(column, fill=_commonest(coded.code[~coded.missing]))
        return column.standardised(coded) if given else column

    def plain(self, cells: pd.Series) -> pd.Series:
        """Return cells written as texts as the numbers, or times, that they mean."""
        return self.kind.plain(as_numbers(cells, self.marks) if self.marks else cells)

    def encode(self, cells: pd.Series) -> Coded:
        """Return cells as numbers, whether texts or not."""
        return self.kind.encode(self.plain(cells))

    def standardised(self, coded: Coded) -> Self:
        """Return the column with median and spread of its numbers."""
        if coded.number is None:
            return self
        y = coded.number[~np.isnan(coded.number)]
        center, spread = robust_scale(y)
        scale = float(spread) or float(np.abs(y - center).max())
        return replace(self, center=float(center), scale=scale)

    def context(self, coded: Coded) -> Array:
        """Return the cells of a given column as context, (n, size)."""
        return self.kind.context(coded, self.center, self.scale)

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**ALWAYS_SAVED, **own, "kind": self.kind.name, **self.kind.values()}

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the column that `values` describe; ValueError, KeyError or TypeError where there is none."""
        own = {field.name for field in fields(cls)}
        absent = {name for name, value in ALWAYS_SAVED.items() if values.get(name) == value}
        of_kind = {name: value for name, value in values.items() if name not in own | absent}
        kind = KINDS[values["kind"]].read(of_kind)
        column = cls(**{**{name: values[name] for name in own & values.keys()}, "kind": kind})
        column._check()
        return column

    def _check(self) -> None:
        texts, flags = (self.name, self.dtype, self.marks), (self.given, self.gaps)
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(f, bool) for f in flags):
            raise ValueError(f"column {self.name!r} is not described by texts and flags")
        numbers = (self.center, self.scale, self.fill)
        if not all(isinstance(value, int | float) and isfinite(value) for value in numbers):
            raise ValueError(f"column {self.name!r} has numbers that are not finite")
        if self.scale <= 0:
            raise ValueError(f"column {self.name!r} has scale {self.scale}")
        largest = self.kind.levels_count - 1 if self.kind.levels_count else LARGEST_INTEGER
        least = 0 if self.kind.levels_count else -LARGEST_INTEGER
        if not isinstance(self.fill, int) or not least <= self.fill <= largest:
            raise ValueError(f"column {self.name!r} has fill {self.fill}")


def _commonest(codes: Array) -> int:
    values, counts = np.unique(codes, return_counts=True)
    return int(values[counts.argmax()])


def check_columns(what: str, names: Iterable[str], columns: Iterable[str]) -> None:
    """Refuse a name in `names` that is none of the `columns`, offering the nearest.

    >>> check_columns("given", ["agee"], ["age", "sex"])
    Traceback (most recent call last):
    sciml.errors.ArgumentError: given: no column 'agee' in the table: did you mean 'age'?
    """
    columns = tuple(columns)
    for name in names:
        if name not in columns:
            offer = did_you_mean(name, columns)
            raise ArgumentError(f"{what}: no column {name!r} in the table: {offer}")

"""The columns of a table, found and checked before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.errors import ArgumentError, FileError
from sciml.tables.columns import degenerate, detect, frames
from sciml.tables.columns.column import (
    POLICIES,
    Array,
    Column,
    Kind,
    declared_kinds,
    known_columns,
)
from sciml.tables.columns.levels import level_indices
from sciml.tables.columns.saved import read_column
from sciml.tables.columns.support import unbounded

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class Schema:
    """The columns of a table in file order, and what is done about missing cells.

    Attributes:
        columns: All of them.
        missing: "error" refuses missing cells, "drop" leaves out their rows, "impute" makes where cells are
            missing part of the context.
        remarks: What a user may want to declare otherwise; not saved.
    """

    columns: tuple[Column, ...]
    missing: str = "error"
    remarks: tuple[str, ...] = ()

    @classmethod
    def infer(
        cls,
        frame: Any,  # noqa: ANN401
        declared: Mapping[str, str] | Iterable[str] | None = None,
        given: Iterable[str] = (),
        missing: str = "error",
    ) -> Self:
        """Return the schema of a training table, or an error that names the column at fault.

        Args:
            frame: A data frame or an array (rows, columns).
            declared: Kinds by column, or texts such as "age=integer" and "rate=bounded(0,1)".
            given: Columns that are only conditioned on.
            missing: "error", "drop" or "impute".

        Raises:
            ArgumentError: For an unknown column, kind or policy, or if nothing is left to model.
            DataError: For a table no density can be fitted to.
        """
        table, names = frames.as_frame(frame), (given,) if isinstance(given, str) else tuple(map(str, given))
        kinds = declared_kinds(declared)
        known_columns("columns", kinds, table.columns)
        known_columns("given", names, table.columns)
        if len(set(names)) == table.shape[1]:
            raise ArgumentError("given: names every column, expected at least one left to model")
        table = _admitted(table, frames.policy(missing))
        columns = tuple(_column(table[name], kinds.get(name), name in names) for name in table.columns)
        _refuse_degenerate(table, columns)
        return cls(columns, missing, detect.remarks(table, columns))

    @property
    def real(self) -> tuple[Column, ...]:
        """The columns with a density."""
        return tuple(column for column in self.columns if not (column.given or column.discrete))

    @property
    def discrete(self) -> tuple[Column, ...]:
        """The columns with masses."""
        return tuple(column for column in self.columns if column.discrete and not column.given)

    @property
    def given(self) -> tuple[Column, ...]:
        """The columns that are only conditioned on."""
        return tuple(column for column in self.columns if column.given)

    @property
    def gaps(self) -> tuple[Column, ...]:
        """The columns with missing cells in training."""
        return tuple(column for column in self.columns if column.gaps)

    @property
    def context_features(self) -> int:
        """How many numbers the context of a row has."""
        return len(self.gaps) + sum(len(column.levels) if column.levels else 1 for column in self.given)

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        columns = [{**asdict(column), "levels": list(column.levels)} for column in self.columns]
        return {"columns": columns, "missing": self.missing}

    @classmethod
    def from_values(cls, values: Any) -> Self:  # noqa: ANN401
        """Return the schema that `values` describes; FileError where they describe none."""
        try:
            columns, missing = values["columns"], values["missing"]
            if missing not in POLICIES or not 0 < len(columns) <= MOST_COLUMNS:
                raise ValueError(f"{len(columns)} columns, missing {missing!r}")
            schema = cls(tuple(read_column(each) for each in columns), missing)
            if len({column.name for column in schema.columns}) < len(schema.columns):
                raise ValueError("two columns have one name")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileError(f"model.json: does not describe a table ({error})") from None
        return schema


def _admitted(table: pd.DataFrame, missing: str) -> pd.DataFrame:
    """Return the rows to train on under the policy `missing`, refusing too few."""
    degenerate.refuse_few_rows(*table.shape)
    if missing == "error":
        frames.refuse_gaps(table)
    if missing == "drop":
        table, _ = frames.without_gaps(table)
        degenerate.refuse_few_rows(*table.shape)
    return table


def _column(cells: pd.Series, declared: Kind | None, given: bool) -> Column:
    kind = declared or detect.found_kind(cells)
    name = str(cells.name)
    made = Column(name, kind.name, kind.low, kind.high, given=given, dtype=str(cells.dtype))
    if made.categorical:
        made = replace(made, levels=detect.found_levels(cells))
        codes = level_indices(cells, made.levels)
        return replace(
            made, gaps=bool((codes == -1).any()), fill=int(np.bincount(codes[codes >= 0]).argmax())
        )
    x = detect.checked_values(cells.where(~frames.gaps(cells.to_frame())[:, 0]), made)
    degenerate.refuse_point_masses(name, x, numeric=not made.discrete)
    made = replace(made, gaps=bool(np.isnan(x).any()))
    if made.discrete:
        made = replace(made, fill=_commonest(x))
    return _standardised(made, x) if given else made


def _commonest(x: Array) -> int:
    values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
    return int(values[counts.argmax()])


def _standardised(column: Column, x: Array) -> Column:
    """Return a given column of numbers with its median and spread."""
    y = unbounded(x[~np.isnan(x)], column)[0]
    low, center, high = np.quantile(y, (0.16, 0.5, 0.84))
    scale = 0.5 * high - 0.5 * low or float(np.abs(y - center).max())
    return replace(column, center=float(center), scale=float(scale))


def _refuse_degenerate(table: pd.DataFrame, columns: tuple[Column, ...]) -> None:
    numeric = [column for column in columns if not column.categorical]
    spread = {column.name: unbounded(_cells(table, column), column)[0] for column in numeric}
    known = [column.name for column in numeric if column.given or column.discrete]
    degenerate.refuse_collinear(spread, known)


def _cells(table: pd.DataFrame, column: Column) -> Array:
    x = detect.numbers(table[column.name])
    return np.where(np.isfinite(x), x, np.nan)

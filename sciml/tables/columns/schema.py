"""The columns of a table, found and checked before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sciml.errors import ArgumentError
from sciml.runs.described import describing
from sciml.tables.columns import degenerate, frames
from sciml.tables.columns.column import Column, check_columns
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.columns.kinds import declared_kinds, detected_kind

if TYPE_CHECKING:
    import pandas as pd

MOST_COLUMNS = 10_000  # that a saved description may list


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
        declared: Mapping[str, str | ColumnKind] | Iterable[str] | None = None,
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
        check_columns("columns", kinds, table.columns)
        check_columns("given", names, table.columns)
        if len(set(names)) == table.shape[1]:
            raise ArgumentError("given: names every column, expected at least one left to model")
        table = _admitted(table, frames.policy(missing))
        columns = tuple(
            Column.fit(table[name], kinds.get(name) or detected_kind(table[name]), name in names)
            for name in table.columns
        )
        _refuse_collinear(table, columns)
        remarks = (column.kind.remark(table[column.name]) for column in columns)
        return cls(columns, missing, tuple(remark for remark in remarks if remark))

    @property
    def real(self) -> tuple[Column, ...]:
        """The columns with a density."""
        return tuple(column for column in self.columns if column.kind.has_density and not column.given)

    @property
    def discrete(self) -> tuple[Column, ...]:
        """The columns with masses."""
        return tuple(column for column in self.columns if column.kind.has_masses and not column.given)

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
        return len(self.gaps) + sum(column.kind.context_size for column in self.given)

    def compared(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the table's columns, as far as the rows have them, as tests of draws compare them."""
        columns = [column for column in self.columns if column.name in rows]
        return rows.assign(**{column.name: column.kind.compared(rows[column.name]) for column in columns})

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        return {"columns": [column.values() for column in self.columns], "missing": self.missing}

    @classmethod
    def from_values(cls, values: Any) -> Self:  # noqa: ANN401
        """Return the schema that `values` describes; FileError where they describe none."""
        with describing("a table"):
            columns, missing = values["columns"], values["missing"]
            if missing not in frames.POLICIES or not 0 < len(columns) <= MOST_COLUMNS:
                raise ValueError(f"{len(columns)} columns, missing {missing!r}")
            schema = cls(tuple(Column.read(each) for each in columns), missing)
            if len({column.name for column in schema.columns}) < len(schema.columns):
                raise ValueError("two columns have one name")
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


def _refuse_collinear(table: pd.DataFrame, columns: tuple[Column, ...]) -> None:
    coded = {column.name: column.kind.encode(table[column.name]).number for column in columns}
    numbers = {name: number for name, number in coded.items() if number is not None}
    densities = {column.name for column in columns if column.kind.has_density and not column.given}
    degenerate.refuse_collinear(numbers, numbers.keys() - densities)

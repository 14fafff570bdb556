"""The columns of a table, found and checked before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.errors import ArgumentError
from sciml.runs.described import describing
from sciml.tables.arrays import Array
from sciml.tables.columns import degenerate, frames
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.column import Column, check_columns
from sciml.tables.columns.copied import groups
from sciml.tables.columns.copies import following
from sciml.tables.columns.faults import ColumnFault, Remedy, TableFaults
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.columns.kinds import declared_kinds, detected_kind
from sciml.tables.columns.number_texts import NumberTexts, as_numbers, found_texts
from sciml.tables.columns.numbers import numbers
from sciml.tables.columns.numeric import NumericKind
from sciml.tables.columns.remarks import remarks_on

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
        remarks: What a user may want to know, or to declare otherwise; not saved.
        suggested: What would mend some of that; not saved.
    """

    columns: tuple[Column, ...]
    missing: str = "error"
    remarks: tuple[str, ...] = ()
    suggested: tuple[Remedy, ...] = ()

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
            DataError: For a table no density can be fitted to; of several faults, `TableFaults` names all.
        """
        table, names = frames.as_frame(frame), (given,) if isinstance(given, str) else tuple(map(str, given))
        kinds = declared_kinds(declared)
        check_columns("columns", kinds, table.columns)
        check_columns("given", names, table.columns)
        if len(set(names)) == table.shape[1]:
            raise ArgumentError("given: names every column, expected at least one left to model")
        return cls._inferred(table, kinds, names, frames.policy(missing))

    @classmethod
    def _inferred(
        cls, table: pd.DataFrame, kinds: Mapping[str, ColumnKind], given: tuple[str, ...], missing: str
    ) -> Self:
        import pandas as pd

        table, faults = _admitted(table, missing)
        read = {str(name): _read(table[name], kinds.get(str(name))) for name in table.columns}
        columns: list[Column] = []
        for name, (cells, texts) in read.items():
            try:
                kind = kinds.get(name) or detected_kind(cells)
                columns.append(Column.fit(cells, kind, name in given, "" if texts is None else texts.marks))
            except ColumnFault as fault:
                faults.append(fault)
        cells_of = {column.name: read[column.name][0] for column in columns}
        plain = pd.DataFrame(cells_of)
        levels = [column.name for column in columns if isinstance(column.kind, Categorical)]
        found = remarks_on(plain, _numbers_in(cells_of, columns), levels)
        suggested = tuple(remark.remedy for remark in found if remark.remedy is not None)
        ids = {remedy.value for remedy in suggested}  # a sorted column follows from the number of the row
        follows = _following(cells_of, [column for column in columns if column.name not in ids])
        faults += follows.faults
        if faults:
            raise TableFaults(faults) if len(faults) > 1 else faults[0]
        written = [texts.remark for _, texts in read.values() if texts is not None]
        kind_remarks = [column.kind.remark(cells_of[column.name]) for column in columns]
        said = [*written, *kind_remarks, *follows.remarks, *(remark.text for remark in found)]
        schema = cls(tuple(columns), missing, (), suggested)
        alike = schema.copies(plain)
        if alike is not None:
            copies = len(alike) - len(np.unique(alike))
            said.append(f"{copies} of {len(alike)} rows are copies of others: these stay together in splits")
        return replace(schema, remarks=tuple(dict.fromkeys(filter(None, said))))

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

    def plain(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows whose texts are the numbers and times that they mean; other columns as they are."""
        columns = [column for column in self.columns if column.name in rows]
        return rows.assign(**{column.name: column.plain(rows[column.name]) for column in columns})

    def copies(self, rows: pd.DataFrame) -> Array | None:
        """Return a number a row, (n,), the same for copies; None where hardly a row is one.

        Only rows with a number of a density are copies: levels and masses repeat by right.
        """
        there = np.zeros(len(rows), dtype=bool)
        for column in self.real:
            number = column.encode(rows[column.name]).number
            there |= False if number is None else ~np.isnan(number)
        return groups(rows, there)

    def compared(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the table's columns, as far as the rows have them, as tests of draws compare them."""
        columns = [column for column in self.columns if column.name in rows]
        cells = {column.name: column.kind.compared(column.plain(rows[column.name])) for column in columns}
        return rows.assign(**cells)

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


def _admitted(table: pd.DataFrame, missing: str) -> tuple[pd.DataFrame, list[ColumnFault]]:
    """Return the rows to train on under the policy `missing`, and faults of gaps and of too few rows."""
    faults: list[ColumnFault] = []
    degenerate.refuse_no_rows(len(table))
    try:
        if missing == "error":
            frames.refuse_gaps(table)
        if missing == "drop":
            table, _ = frames.without_gaps(table)
            degenerate.refuse_no_rows(len(table))
        degenerate.refuse_few_rows(*table.shape)
    except ColumnFault as fault:
        faults.append(fault)
    return table, faults


def _read(cells: pd.Series, declared: ColumnKind | None) -> tuple[pd.Series, NumberTexts | None]:
    """Return cells, those of texts that are numbers turned into these, and how they were written."""
    import pandas as pd

    if declared is not None and not isinstance(declared, NumericKind):
        return cells, None
    if not (pd.api.types.is_string_dtype(cells.dtype) or cells.dtype == object):
        return cells, None
    filled = cells.dropna()
    if not len(filled) or not all(isinstance(cell, str) for cell in filled.head(100)):
        return cells, None
    texts = found_texts(cells)
    return (cells, None) if texts is None else (as_numbers(cells, texts.marks), texts)


def _numbers_in(cells: Mapping[str, pd.Series], columns: Iterable[Column]) -> dict[str, Array]:
    """Return the columns that hold numbers, as they are in the table."""
    kinds = {column.name: column.kind for column in columns}
    return {name: numbers(cells[name]) for name, kind in kinds.items() if isinstance(kind, NumericKind)}


@dataclass(frozen=True)
class _Following:
    """Columns that follow from others: those refused, and those remarked on."""

    faults: list[ColumnFault]
    remarks: list[str]


def _following(cells: Mapping[str, pd.Series], columns: list[Column]) -> _Following:
    """Return what follows from what; collinear columns, by the numbers whose density would be infinite."""
    coded = {column.name: column.kind.encode(cells[column.name]).number for column in columns}
    numbers_of = {name: number for name, number in coded.items() if number is not None}
    densities = {column.name for column in columns if column.kind.has_density and not column.given}
    faults: list[ColumnFault] = []
    while len(numbers_of) > 1:
        try:
            degenerate.refuse_collinear(numbers_of, numbers_of.keys() - densities)
            break
        except ColumnFault as fault:
            faults.append(fault)
            if fault.remedy is None:
                break
            numbers_of = {name: x for name, x in numbers_of.items() if name != fault.remedy.value}
    remarks = []
    in_file = _numbers_in(cells, columns)
    left = {name: in_file.get(name, number) for name, number in numbers_of.items()}
    for each in following(left, left.keys() - densities):
        if each.exact:
            text = f"{each.words}: its density is infinite; drop one"
            faults.append(ColumnFault(text, Remedy("drop", each.name, f"a copy: {each.words}")))
        else:
            remarks.append(f"{each.words}: what is left is little, and likelihoods hang on it")
    return _Following(faults, remarks)

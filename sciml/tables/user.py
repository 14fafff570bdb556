"""A user's own table as a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.contracts.problem import Settings
from sciml.errors import ArgumentError
from sciml.runs.storage import checksum_of
from sciml.tables.columns.automatic import infer_automatically
from sciml.tables.columns.column import check_columns
from sciml.tables.columns.faults import in_command_words
from sciml.tables.columns.schema import Schema
from sciml.tables.files.read import ReadTable, read_remarked
from sciml.tables.fitting import split_rows
from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame

PACKED = (".gz", ".xz", ".bz2", ".zip")  # endings around another
MOST_ROWS = 200_000  # fitted to, unless --rows says otherwise
STREAM = 0x50B5  # of the random numbers that choose them


@dataclass(frozen=True)
class UserTable(TableProblem):
    """The rows of a file.

    Attributes:
        declared: Kinds of columns, texts such as "age=integer".
        given: Columns that are only conditioned on.
        drop: Columns that are left out.
    """

    table: str = parameter("", "path of a table")
    missing: str = parameter("error", "policy for missing cells: error, drop or impute")
    sha256: str = parameter("", "checksum of the file")
    auto: bool = parameter(False, "mend the table's faults unasked, and say so")
    header: bool = parameter(True, "whether the first line names the columns")
    rows: int = parameter(MOST_ROWS, "rows fitted to, drawn at random from more", low=2, high=10**9)
    declared: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        table: Path,
        declared: Sequence[str] = (),
        given: Sequence[str] = (),
        drop: Sequence[str] = (),
        **options: Any,  # noqa: ANN401
    ) -> UserTable:
        """Return the problem of a file as it is now.

        Raises:
            FileError: If the file cannot be read.
            DataError: If it holds no table, or one no density can be fitted to.
            ArgumentError: If an option makes no sense.
        """
        columns = tuple(declared), tuple(given), tuple(drop)
        problem = cls(table=str(table), declared=columns[0], given=columns[1], drop=columns[2], **options)
        problem._check()
        return replace(problem, sha256=checksum_of(Path(table)))

    def _check(self) -> None:
        self.search(Settings())
        frame, _ = self.prepared(0)
        split_rows(frame, self.holdout, 0)

    @property
    def name(self) -> str:
        """The name of the file, without its endings."""
        path = Path(self.table)
        return path.with_suffix("").stem if path.suffix.lower() in PACKED else path.stem

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters and their values; those of later versions where they are not the usual ones."""
        usual = {"auto": False, "header": True, "rows": MOST_ROWS}
        own = {name: x for name, x in super().parameters.items() if usual.get(name, ...) != x}
        lists = {"declared": self.declared, "given": self.given, "drop": self.drop}
        return {**own, **{name: ", ".join(texts) for name, texts in lists.items() if texts}}

    def frame(self) -> DataFrame:
        """Return the table, without the columns that are left out."""
        return self._read().frame

    def prepared(self, seed: int) -> tuple[DataFrame, Schema]:
        """Return the rows, plain cells, and what the columns are, with all remarks in the command's words."""
        read = self._read()
        frame, remarks = read.frame, read.remarks
        if len(frame) > self.rows:
            remarks += (f"fitted to {self.rows} of {len(frame)} rows, drawn at random (--rows)",)
            chosen = np.random.default_rng([seed, STREAM]).choice(len(frame), self.rows, replace=False)
            frame = frame.iloc[np.sort(chosen)].reset_index(drop=True)
        if self.auto:
            frame, schema = infer_automatically(frame, self.declared, self.given, self.missing)
        else:
            schema = Schema.infer(frame, self.declared, self.given, self.missing)
        said = tuple(in_command_words(remark) for remark in (*remarks, *schema.remarks))
        return schema.plain(frame), replace(schema, remarks=said)

    def _read(self) -> ReadTable:
        read = read_remarked(Path(self.table), self.header)
        check_columns("drop", self.drop, [str(name) for name in read.frame.columns])
        frame = read.frame.drop(columns=list(self.drop))
        if not frame.shape[1]:
            raise ArgumentError("drop: leaves out every column, expected at least one left to model")
        return replace(read, frame=frame)

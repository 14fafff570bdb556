"""A user's own table as a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.contracts.parameters import parameter
from sciml.contracts.problem import Settings
from sciml.runs.storage import checksum_of
from sciml.tables.columns.schema import Schema
from sciml.tables.files.read import read_table
from sciml.tables.fitting import split_rows
from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class UserTable(TableProblem):
    """The rows of a file.

    Attributes:
        declared: Kinds of columns, texts such as "age=integer".
        given: Columns that are only conditioned on.
    """

    table: str = parameter("", "path of a CSV or Parquet file")
    missing: str = parameter("error", "policy for missing cells: error, drop or impute")
    sha256: str = parameter("", "checksum of the file")
    declared: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        table: Path,
        declared: Sequence[str] = (),
        given: Sequence[str] = (),
        **options: Any,  # noqa: ANN401
    ) -> UserTable:
        """Return the problem of a file as it is now.

        Raises:
            FileError: If the file cannot be read.
            DataError: If it holds no table, or one no density can be fitted to.
            ArgumentError: If an option makes no sense.
        """
        problem = cls(table=str(table), declared=tuple(declared), given=tuple(given), **options)
        problem._check()
        return replace(problem, sha256=checksum_of(Path(table)))

    def _check(self) -> None:
        self.search(Settings())
        frame = self.frame()
        split_rows(frame, self.holdout, 0)
        self.schema(frame)

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return Path(self.table).stem

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters and their values."""
        more = {"declared": ", ".join(self.declared), "given": ", ".join(self.given)}
        return {**super().parameters, **{name: text for name, text in more.items() if text}}

    def frame(self) -> DataFrame:
        """Return the table."""
        return read_table(Path(self.table))

    def schema(self, frame: DataFrame) -> Schema:
        """Return what the columns are, and what is done about missing cells."""
        return Schema.infer(frame, self.declared, self.given, self.missing)

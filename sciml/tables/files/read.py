"""Tables read from files: CSV, JSON, Parquet, Feather, Excel; what is inside says which, not the ending.

A CSV file is text with one line of column names. The delimiter (comma, semicolon, tab or bar; a first line
`sep=;` says it) and a decimal comma are found from the text; a byte-order mark is left out; empty cells and
pandas' usual marks (NA, NaN, null, …) are missing cells; blank lines are skipped, except in a table of one
column, where they are cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.errors import DataError
from sciml.tables.files.columnar import (
    ARROW_MAGIC,
    PARQUET_MAGIC,
    feather_table,
    parquet_table,
    workbook_table,
)
from sciml.tables.files.decoded import text_of
from sciml.tables.files.dialect import Dialect, dialect_of
from sciml.tables.files.json_lines import is_json, json_table
from sciml.tables.files.unpack import is_workbook, read_bytes

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")


@dataclass(frozen=True)
class ReadTable:
    """A table, and what was remarkable about how it is written."""

    frame: pd.DataFrame
    remarks: tuple[str, ...] = ()


def read_table(path: str | Path, header: bool = True) -> pd.DataFrame:
    """Return the table in a file; see `read_remarked`."""
    return read_remarked(path, header).frame


def read_remarked(path: str | Path, header: bool = True) -> ReadTable:
    """Return the table in a CSV, Parquet, Feather, JSON or Excel file, with remarks.

    Args:
        path: The file, which may be compressed by gzip, bzip2, xz or zip.
        header: Whether its first line names the columns; else they are x0, x1, ….

    Raises:
        FileError: If there is no such file, it is a folder, or it cannot be read.
        DataError: If it holds no table; the message names the line.
    """
    path = Path(path)
    if path.suffix.lower() in PARQUET and path.is_file():
        return ReadTable(parquet_table(path, path))  # not held in memory twice
    data = read_bytes(path)
    if data.startswith(PARQUET_MAGIC):
        return ReadTable(parquet_table(path, BytesIO(data)))
    if data.startswith(ARROW_MAGIC):
        return ReadTable(feather_table(path, data))
    if is_workbook(data):
        return ReadTable(_named(workbook_table(path, data, header), header))
    text, remarks = text_of(path, data)
    if is_json(text):
        return ReadTable(_plain(json_table(text, str(path))), remarks)
    dialect = dialect_of(text, str(path), header)
    return ReadTable(_csv(path, text, dialect), remarks)


def _named(table: pd.DataFrame, header: bool) -> pd.DataFrame:
    return table if header else table.set_axis([f"x{j}" for j in range(table.shape[1])], axis=1)


def _csv(path: Path, text: str, dialect: Dialect) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(
            StringIO(text),
            sep=dialect.delimiter,
            decimal=dialect.decimal,
            skiprows=dialect.skipped,
            header=0 if dialect.header else None,
            names=list(dialect.names),
            index_col=False,
            skip_blank_lines=len(dialect.names) > 1,
            skipinitialspace=True,
            dtype_backend="numpy_nullable",
            low_memory=False,
            **_exact(pd.__version__, dialect.decimal),
        )
    except (pd.errors.ParserError, ValueError, OverflowError) as error:
        raise DataError(f"{path}: not a CSV table ({' '.join(str(error).split())})") from None
    return _plain(table)


def _exact(version: str, decimal: str) -> dict[str, Any]:
    """Return what makes pandas read numbers to the last bit; from 3.1 on it always does."""
    new = tuple(int(part) for part in version.split(".")[:2]) >= (3, 1)
    return {} if new or decimal == "," else {"float_precision": "round_trip"}


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with NumPy types, but for whole numbers and truth values with missing cells."""
    return table.astype({name: each for name, cells in table.items() if (each := _numpy_type(cells))})


def _numpy_type(cells: Any) -> str:  # noqa: ANN401
    kind, whole = cells.dtype.kind, not cells.isna().any()
    if kind == "f":
        return "float64"
    return {"i": "int64", "u": "uint64", "b": "bool"}.get(kind, "") if whole else ""

"""Tables read from CSV and Parquet files.

A CSV file is UTF-8 text with one line of column names. The delimiter (comma, semicolon or tab) and a decimal
comma are found from the text; a byte-order mark is left out; empty cells and pandas' usual marks (NA, NaN,
null, …) are missing cells; blank lines are skipped, except in a table of one column, where they are cells.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.errors import DataError, FileError
from sciml.tables.files.dialect import Dialect, dialect_of

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")
MAGIC = b"PAR1"
INSTALL = 'pip install "sciml[io]"'


def read_table(path: str | Path) -> pd.DataFrame:
    """Return the table in a CSV or Parquet file.

    Raises:
        FileError: If there is no such file, it is a folder, or it cannot be read.
        DataError: If it holds no table; the message names the line.
    """
    path = Path(path)
    data = _bytes(path)
    if data is None:
        return _parquet(path)
    text = _text(path, data)
    return _csv(path, text, dialect_of(text, str(path)))


def _bytes(path: Path) -> bytes | None:
    """Return what a file holds, opened once, as a pipe has to be; None where it is Parquet."""
    try:
        if path.is_dir():
            raise FileError(f"{path}: is a folder, expected a table (CSV or Parquet)")
        with path.open("rb") as file:
            parquet = path.suffix.lower() in PARQUET or file.peek(len(MAGIC)).startswith(MAGIC)
            return None if parquet else file.read()
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; expected a table (CSV or Parquet)") from None
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error


def _text(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: line {line} is not UTF-8 text (byte 0x{data[error.start]:02x}): save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path}: line {line} has a zero byte: not a CSV table in UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _csv(path: Path, text: str, dialect: Dialect) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_csv(
            StringIO(text),
            sep=dialect.delimiter,
            decimal=dialect.decimal,
            header=0,
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


def _parquet(path: Path) -> pd.DataFrame:
    try:
        from pyarrow import parquet
    except ImportError:
        raise FileError(f"{path}: reading Parquet needs pyarrow: {INSTALL}") from None
    try:
        with path.open("rb") as file:  # each column is freed as soon as it is copied
            table = parquet.read_table(file).to_pandas(split_blocks=True, self_destruct=True)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: not a Parquet table ({str(error).splitlines()[0]})") from None
    if not len(table):
        raise DataError(f"{path}: the table has no rows")
    return table

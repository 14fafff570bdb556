"""Tables in files that know their types: Parquet, Feather (Arrow), and Excel workbooks."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sciml.errors import DataError, FileError

if TYPE_CHECKING:
    import pandas as pd

INSTALL = 'pip install "sciml[io]"'
PARQUET_MAGIC = b"PAR1"
ARROW_MAGIC = (b"ARROW1", b"FEA1")


def parquet_table(path: Path, source: Path | BytesIO) -> pd.DataFrame:
    """Return the table in a Parquet file."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise FileError(f"{path}: reading Parquet needs pyarrow: {INSTALL}") from None
    return _arrow(path, source, parquet.read_table, "Parquet")


def feather_table(path: Path, data: bytes) -> pd.DataFrame:
    """Return the table in a Feather (Arrow) file."""
    try:
        from pyarrow import feather
    except ImportError:
        raise FileError(f"{path}: reading Feather needs pyarrow: {INSTALL}") from None
    return _arrow(path, BytesIO(data), feather.read_table, "Feather")


def _arrow(path: Path, source: Path | BytesIO, read: Callable[[IO[bytes]], Any], name: str) -> pd.DataFrame:
    try:
        if isinstance(source, BytesIO):
            table = to_pandas(read(source))
        else:
            with source.open("rb") as file:
                table = to_pandas(read(file))
    except (OSError, ValueError, NotImplementedError) as error:
        raise FileError(f"{path}: not a {name} table ({str(error).splitlines()[0]})") from None
    if not len(table):
        raise DataError(f"{path}: the table has no rows")
    return table


def to_pandas(table: Any) -> pd.DataFrame:  # noqa: ANN401
    """Return an Arrow table with NumPy's types: decimals as numbers, dates as times."""
    import pyarrow as pa

    for i, column in enumerate(table.schema):
        kind = column.type
        if pa.types.is_decimal(kind):
            kind = pa.float64()
        if pa.types.is_dictionary(kind) and not pa.types.is_nested(kind.value_type) and not kind.ordered:
            kind = kind.value_type
        if pa.types.is_time(kind):
            kind = pa.duration(kind.unit)
        if kind != column.type:
            cells = table.column(i)
            if pa.types.is_time(column.type):
                cells = cells.cast(pa.int32() if column.type.bit_width == 32 else pa.int64()).cast(pa.int64())
            table = table.set_column(i, column.name, cells.cast(kind))
    # each column is freed as soon as it is copied
    return table.to_pandas(split_blocks=True, self_destruct=True, date_as_object=False)


def workbook_table(path: Path, data: bytes, header: bool) -> pd.DataFrame:
    """Return the first sheet of an Excel workbook."""
    import pandas as pd

    try:
        import openpyxl  # type: ignore[import-untyped, unused-ignore]  # noqa: F401
    except ImportError:
        raise FileError(f"{path}: reading Excel (.xlsx) needs openpyxl: {INSTALL}") from None
    try:
        table = pd.read_excel(BytesIO(data), header=0 if header else None, engine="openpyxl")
    except (OSError, ValueError, KeyError) as error:
        raise FileError(f"{path}: not an Excel table ({' '.join(str(error).split())})") from None
    if not len(table):
        raise DataError(f"{path}: the first sheet has no rows")
    return table

"""Tables larger than memory, a piece at a time: Parquet files and folders of them, and large CSV files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.errors import DataError, FileError
from sciml.tables.files.columnar import INSTALL, PARQUET_MAGIC, to_pandas
from sciml.tables.files.decoded import text_of
from sciml.tables.files.dialect import Dialect, dialect_of
from sciml.tables.files.read import PARQUET, read_table

if TYPE_CHECKING:
    import pandas as pd

PIECE = 2**16  # rows at a time
HEAD = 2**20  # bytes of a CSV by which it is seen how it is written
LARGE = 2**26  # bytes from which a CSV is read in pieces


def pieces_of(path: Path, header: bool = True, size: int = PIECE) -> Iterator[pd.DataFrame]:
    """Yield the rows of a table in pieces; a small file is one piece.

    Raises:
        FileError: If there is no such file, or it cannot be read.
        DataError: If it holds no table.
    """
    if path.is_dir() or (path.is_file() and (path.suffix.lower() in PARQUET or _starts(path, PARQUET_MAGIC))):
        yield from _parquet(path, size)
    elif path.is_file() and path.stat().st_size >= LARGE and _plain_text(path):
        yield from _csv(path, header, size)
    else:
        table = read_table(path, header)
        for start in range(0, len(table), size):
            yield table.iloc[start : start + size].reset_index(drop=True)


def _starts(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _plain_text(path: Path) -> bool:
    """Whether a file is UTF-8 text of lines, neither packed nor JSON."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    head = head[: head.rfind(b"\n") + 1]
    try:
        text = head.decode("utf-8-sig").lstrip()
    except UnicodeDecodeError:
        return False
    return bool(text) and "\0" not in text and text[0] not in "{["


def _parquet(path: Path, size: int) -> Iterator[pd.DataFrame]:
    try:
        import pyarrow as pa
        from pyarrow import dataset
    except ImportError:
        raise FileError(f"{path}: reading Parquet needs pyarrow: {INSTALL}") from None
    try:
        source = dataset.dataset(path, format="parquet", exclude_invalid_files=path.is_dir())
        if path.is_dir() and not source.files:
            raise FileError(f"{path}: the folder holds no Parquet file")
        rows = 0
        for batch in source.to_batches(batch_size=size, batch_readahead=1, fragment_readahead=1):
            if batch.num_rows:
                rows += batch.num_rows
                yield to_pandas(pa.Table.from_batches([batch]))
    except (OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: not a Parquet table ({str(error).splitlines()[0]})") from None
    if not rows:
        raise DataError(f"{path}: the table has no rows")


def _csv(path: Path, header: bool, size: int) -> Iterator[pd.DataFrame]:
    import pandas as pd

    with path.open("rb") as file:
        head = file.read(HEAD)
    text, _ = text_of(path, head[: head.rfind(b"\n") + 1])
    dialect: Dialect = dialect_of(text, str(path), header)
    options: dict[str, Any] = {"header": 0 if header else None, "names": list(dialect.names)}
    try:
        with path.open(encoding="utf-8-sig", newline=None) as lines:
            frames = pd.read_csv(
                lines,
                sep=dialect.delimiter,
                decimal=dialect.decimal,
                skiprows=dialect.skipped,
                index_col=False,
                skipinitialspace=True,
                dtype_backend="numpy_nullable",
                chunksize=size,
                on_bad_lines="error",
                **options,
            )
            for frame in frames:
                yield frame.reset_index(drop=True)
    except (pd.errors.ParserError, ValueError, OverflowError) as error:
        raise DataError(f"{path}: not a CSV table ({' '.join(str(error).split())})") from None

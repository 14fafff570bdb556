"""Tables written to CSV and Parquet files, in pieces: the file appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sciml.errors import FileError
from sciml.runs.writing import STAGE
from sciml.tables.files.columnar import INSTALL
from sciml.tables.files.read import PARQUET

if TYPE_CHECKING:
    import pandas as pd


def write_table(pieces: pd.DataFrame | Iterable[pd.DataFrame], target: str | Path | IO[str]) -> None:
    """Write a table, or its pieces one below the other, as CSV; as Parquet to a name that ends so.

    Args:
        pieces: A data frame, or frames of the same columns.
        target: A file's name, or an open text file such as `sys.stdout` (CSV).

    Raises:
        FileError: If it cannot be written; a file already there is then as it was.
    """
    frames = (pieces,) if hasattr(pieces, "columns") else pieces
    if not isinstance(target, str | Path):
        _csv(frames, target)
        return
    path = Path(target)
    if path.is_dir():
        raise FileError(f"{path}: is a folder, expected a file's name")
    _whole(path, lambda stage: (_parquet if path.suffix.lower() in PARQUET else _csv_file)(frames, stage))


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a file under a temporary name, flush it to disk, then give it its name."""
    try:
        folder = Path(tempfile.mkdtemp(dir=path.parent, prefix=STAGE))
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror})") from error
    try:
        write(folder / path.name)
        with (folder / path.name).open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(folder / path.name, path)
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _csv_file(frames: Iterable[Any], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        _csv(frames, file)


def _csv(frames: Iterable[Any], file: IO[str]) -> None:
    for i, frame in enumerate(frames):
        frame.to_csv(file, index=False, header=i == 0, lineterminator="\n")


def _parquet(frames: Iterable[Any], path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise FileError(f"{path.name}: writing Parquet needs pyarrow: {INSTALL}") from None
    writer = None
    try:
        for frame in frames:
            table = pa.Table.from_pandas(frame, schema=writer and writer.schema, preserve_index=False)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()

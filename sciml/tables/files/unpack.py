"""The bytes of a table's file: opened once, and unpacked where they are compressed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from sciml.errors import DataError, FileError

MOST = 2**31  # bytes that are unpacked: a small file may hold a sparse giant
WORKBOOK = "xl/workbook.xml"
ZIP = b"PK\x03\x04"
PACKED: Mapping[bytes, tuple[str, Callable[..., Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\xfd7zXZ\x00": ("xz", lzma.open),
    b"BZh": ("bzip2", bz2.open),
}
OTHERS: Mapping[bytes, str] = {
    b"(\xb5/\xfd": "compressed by zstandard: unpack it",
    b"7z\xbc\xaf'\x1c": "a 7z archive: unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls): save it as .xlsx or CSV",
    b"SQLite format 3": "an SQLite database: write its table as CSV",
    b"\x89HDF": "an HDF5 file: write its table as CSV or Parquet",
    b"%PDF": "a PDF: save the table as CSV",
    b"\x93NUMPY": "a NumPy array: write it as CSV",
}


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, unpacked from gzip, bzip2, xz, or a zip with one file in it.

    Raises:
        FileError: If there is no such file, it is a folder, or it cannot be read or unpacked.
        DataError: If it is of a format that is not read; the message names it.
    """
    try:
        if path.is_dir():
            raise FileError(f"{path}: is a folder, expected a table (CSV or Parquet)")
        with path.open("rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; expected a table (CSV or Parquet)") from None
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error
    return unpacked(path, data)


def unpacked(path: Path, data: bytes) -> bytes:
    """Return bytes unpacked, as often as they are packed; a workbook stays as it is."""
    for magic, words in OTHERS.items():
        if data.startswith(magic):
            raise DataError(f"{path}: is {words}")
    for magic, (name, opened) in PACKED.items():
        if data.startswith(magic):
            return unpacked(path, _limited(path, name, partial(opened, BytesIO(data))))
    if data.startswith(ZIP) and not is_workbook(data):
        return unpacked(path, _from_zip(path, data))
    return data


def is_workbook(data: bytes) -> bool:
    """Whether bytes are those of an Excel workbook (.xlsx)."""
    if not data.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return WORKBOOK in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _limited(path: Path, name: str, opened: Callable[[], IO[bytes]]) -> bytes:
    try:
        with opened() as file:
            data = file.read(MOST + 1)
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise FileError(f"{path}: damaged {name} ({error})") from None
    if len(data) > MOST:
        raise DataError(f"{path}: unpacks to more than {MOST >> 20} MB; unpack it, or write it as Parquet")
    return data


def _from_zip(path: Path, data: bytes) -> bytes:
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except zipfile.BadZipFile as error:
        raise FileError(f"{path}: damaged zip ({error})") from None
    names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
    if len(names) != 1:
        raise DataError(
            f"{path}: a zip of {len(names)} files, expected one table: unpack the one that is meant"
        )
    return _limited(path, "zip", lambda: archive.open(names[0]))

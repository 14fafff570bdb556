"""Files that appear whole or not at all, and that can be read without trusting them."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from sciml.errors import FileError

LARGEST_JSON = 64 * 2**20
STAGE = ".saving-"


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name, flush it to disk, then give it its name."""
    write_together(path.parent, {path.name: data})


def write_together(folder: Path, files: Mapping[str, bytes], drop: Iterable[str] = ()) -> None:
    """Write several files of a folder: all are on disk before the first takes the place of an old one.

    The files in `drop` that are not among the new ones are removed, last.
    """
    stage = Path(tempfile.mkdtemp(dir=folder, prefix=STAGE))
    try:
        for name, data in files.items():
            with (stage / name).open("wb") as file:
                _flushed(file, data)
        for name in files:
            os.replace(stage / name, folder / name)
        _flush_names(folder)
        for name in set(drop) - set(files):
            (folder / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what a process that was killed while saving left behind."""
    for stage in folder.glob(f"{STAGE}*"):
        shutil.rmtree(stage, ignore_errors=True)


def _flush_names(folder: Path) -> None:
    """Have the new names on disk, where the system can do that for a folder."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _flushed(file: Any, data: bytes) -> None:  # noqa: ANN401
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def checksum(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return the content of a plain file, or a FileError that names it; links are not followed."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FileError(f"{path}: is a link or not a plain file, expected a file written by sciml")
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; expected a run folder written by sciml") from None
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error


def plain(value: Any) -> Any:  # noqa: ANN401
    """Return `value` as JSON can hold it: NaN and infinities become null, arrays become lists.

    >>> plain({"a": float("nan"), "b": (1, 2.5)})
    {'a': None, 'b': [1, 2.5]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_json(value: Any) -> str:  # noqa: ANN401
    """Return indented strict JSON."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write `value` as strict JSON, in one piece."""
    write_bytes(path, to_json(value).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`, or a FileError that names the file."""
    if path.is_file() and path.stat().st_size > LARGEST_JSON:
        raise FileError(f"{path}: larger than {LARGEST_JSON} bytes, not a file written by sciml")
    try:
        value = json.loads(read_bytes(path), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: not valid JSON ({error}); the file is damaged") from None
    if not isinstance(value, dict):
        raise FileError(f"{path}: holds a {type(value).__name__}, expected a JSON object")
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")

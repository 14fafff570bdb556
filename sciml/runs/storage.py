"""Files read without trusting them, and values as strict JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sciml.errors import FileError

LARGEST_JSON = 64 * 2**20
LARGEST = 2**30  # bytes of one file: what a run folder holds is far smaller, and a sparse file may claim any


def checksum(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a user's file of any size, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Return the content of a plain file, or a FileError that names it; links are not followed."""
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise FileError(f"{path}: is a link or not a plain file, expected a file written by sciml")
        if path.stat().st_size > largest:
            raise FileError(f"{path}: larger than {largest} bytes, not a file written by sciml")
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


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`, or a FileError that names the file."""
    data = read_bytes(path, LARGEST_JSON)
    try:
        value = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path}: not valid JSON ({error}); the file is damaged") from None
    if not isinstance(value, dict):
        raise FileError(f"{path}: holds a {type(value).__name__}, expected a JSON object")
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")

"""What a file of functions holds: named arrays of numbers, whatever its format."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from sciml.errors import FileError
from sciml.runs.arrays import LARGEST

INSTALL = "pip install 'sciml[io]'"
SPARSE = 2**26  # bytes that a file may claim whatever its own size, and
DENSER = 1000  # times its size: compression gets no further on numbers that are worth learning

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Contents:
    """The arrays of a file by name.

    Attributes:
        format: Of the file, in words.
        arrays: All of its arrays of numbers, and of texts.
        units: Of those arrays that have one.
    """

    format: str
    arrays: Arrays
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> str:
        """The names of the arrays with their shapes, as a sentence needs them."""
        return ", ".join(f"{name} {array.shape}" for name, array in self.arrays.items()) or "nothing"


def needed(module: str, path: Path, kind: str) -> ModuleType:
    """Return an optional module, or say how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise FileError(f"{path}: {kind}; to read it: {INSTALL} (or pip install {module})") from None


def check_claim(path: Path, count: int, itemsize: int) -> None:
    """Refuse an array that claims far more than its file can hold, before memory is taken."""
    claimed, size = count * itemsize, path.stat().st_size
    if claimed > min(LARGEST, max(SPARSE, DENSER * size)):
        raise FileError(f"{path}: holds an array that claims {claimed} bytes in a file of {size}; not read")


def sized(shape: tuple[int, ...]) -> int:
    """Return the number of entries."""
    return math.prod(shape)


@contextmanager
def damaged(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one line that names it."""
    try:
        yield
    except FileError:
        raise
    except MemoryError:
        raise FileError(f"{path}: {kind} that does not fit into memory") from None
    except Exception as error:
        words = " ".join(str(error).split())
        raise FileError(f"{path}: {kind} that is damaged ({words or type(error).__name__})") from None

"""Named arrays in .npz files: read without unpickling, and without allocating what a file merely claims."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from sciml.errors import FileError
from sciml.runs.storage import read_bytes
from sciml.runs.writing import write_bytes

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 4 * 2**30  # bytes of all arrays of a file, and of the file
DAMAGED = (
    ValueError,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def arrays_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the content of an .npz file with these arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays as .npz, in one piece."""
    write_bytes(path, arrays_bytes(arrays))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz; objects are refused, and nothing is unpickled."""
    data = read_bytes(path, LARGEST)
    try:
        _check_sizes(data)
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except DAMAGED as error:
        raise FileError(f"{path}: damaged or not an .npz of plain numbers ({error})") from None


def _check_sizes(data: bytes) -> None:
    """Raise ValueError where an array claims more than its file holds, or all hold too much."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if sum(item.file_size for item in members) > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")
        for item in members:
            with archive.open(item) as file:
                _check_shape(file, item)


def _check_shape(file: Any, item: zipfile.ZipInfo) -> None:  # noqa: ANN401
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError(f"{item.filename} holds objects")
    if math.prod(shape) * max(dtype.itemsize, 1) > item.file_size:
        raise ValueError(f"{item.filename} claims the shape {shape} but is {item.file_size} bytes")


def part_of(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return the tensors of one part of a model, `part.name`, by their names in it."""
    head = f"{part}."
    return {name.removeprefix(head): x for name, x in tensors.items() if name.startswith(head)}

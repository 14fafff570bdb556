"""The kind of a file by its first bytes: what reads it, or the lines that convert it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from sciml.errors import FileError
from sciml.operators.files.contents import Contents
from sciml.operators.files.hdf5 import read_hdf5
from sciml.operators.files.matlab import read_matlab
from sciml.operators.files.netcdf import read_netcdf
from sciml.operators.files.rows import read_rows
from sciml.operators.files.torch_tensors import read_torch
from sciml.runs.arrays import read_arrays

HEAD = 8192  # bytes that tell the kind of a file
HDF5, NETCDF, MATLAB, ARRAY = b"\x89HDF\r\n\x1a\n", b"CDF", b"MATLAB", b"\x93NUMPY"
READ = (".npz", ".mat", ".h5", ".nc", ".pt", ".csv")
ZIP, OLD_TORCH, TABLES = b"PK\x03\x04", b"\x80\x02", (".csv", ".txt")
SAVED = "np.savez('new.npz', inputs=INPUTS, outputs=OUTPUTS, positions=np.linspace(0, 1, INPUTS.shape[1]))"
OBJECTS = "an .npz that holds objects, as DeepXDE's aligned data"
WAYS: Mapping[str, str] = {  # kind of file that is not read: the lines that read it
    "a single array (.npy)": "import numpy as np; f = np.load('{0}'); INPUTS, OUTPUTS = f[:-1], f[1:]",
    OBJECTS: (
        "import numpy as np; f = np.load('{0}', allow_pickle=True), which runs what is in it; "
        "INPUTS, OUTPUTS = f['X'][0], f['y']"
    ),
    "a pickled object": (
        "import numpy as np, pickle; f = pickle.load(open('{0}', 'rb')), which runs what is in it; "
        "INPUTS, OUTPUTS = f['x'], f['y']"
    ),
    "a Parquet file": (
        "import pandas as pd; f = pd.read_parquet('{0}'); f.to_csv('new.csv', index=False), with the columns "
        "sample, x and values; or"
    ),
    "an XML file (.vtu, .xdmf)": (
        "import meshio, numpy as np; f = meshio.read('{0}'); "
        "INPUTS, OUTPUTS = (f.point_data[name][None] for name in ('a', 'u'))"
    ),
    "a zarr folder": (
        "import numpy as np, zarr; f = zarr.open('{0}', 'r'); INPUTS, OUTPUTS = f['a'][:], f['u'][:]"
    ),
}
NOT_READ = dict(zip((ARRAY, b"\x80", b"PAR1", b"<"), [way for way in WAYS if way != OBJECTS], strict=False))


def read_contents(path: Path) -> Contents:
    """Return the arrays of a file, whatever its kind.

    Raises:
        FileError: If it is missing, damaged or hostile, or of a kind that is not read, which is named with
            the lines that convert it.
    """
    head = _head(path)
    reader = _reader(path, head)
    if reader is not None:
        return reader(path)
    kind = next((kind for first, kind in NOT_READ.items() if head.startswith(first)), None)
    if kind is not None:
        raise _not_read(path, kind)
    return _read_npz(path)


def _head(path: Path) -> bytes:
    try:
        if path.is_dir() and ((path / ".zgroup").exists() or (path / "zarr.json").exists()):
            raise _not_read(path, "a zarr folder")
        with path.open("rb") as file:
            return file.read(HEAD)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; expected one of {', '.join(READ)}") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from None


def _reader(path: Path, head: bytes) -> Callable[[Path], Contents] | None:
    if HDF5 in head:
        return partial(read_hdf5, reversed_axes=path.suffix == ".mat" or head.startswith(MATLAB))
    if head.startswith(MATLAB) or (path.suffix == ".mat" and not head.startswith(ZIP)):
        return read_matlab
    if head.startswith(NETCDF):
        return read_netcdf
    if head.startswith(OLD_TORCH) or (head.startswith(ZIP) and _has(path, "data.pkl")):
        return read_torch
    return read_rows if path.suffix.lower() in TABLES else None


def _read_npz(path: Path) -> Contents:
    try:
        return Contents("npz", read_arrays(path))
    except FileError as error:
        if "objects" in str(error) or "allow_pickle" in str(error):
            raise _not_read(path, OBJECTS) from None
        raise


def _not_read(path: Path, kind: str) -> FileError:
    lines = f"{WAYS[kind].format(path)}; {SAVED}"
    return FileError(f"{path}: {kind}, which is not read; convert it: {lines} (axes as (samples, points))")


def _has(path: Path, ending: str) -> bool:
    return any(name.endswith(ending) for name in _names(path))


def _names(path: Path) -> Iterable[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return ()

"""Files of functions that other programs write: their kinds by their first bytes, and how to convert them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from sciml.errors import DataError, FileError
from sciml.numerics.domains import Array
from sciml.runs.arrays import read_arrays
from sciml.runs.storage import read_bytes

HEAD = 8192  # bytes that tell the kind of a file
HDF5 = b"\x89HDF\r\n\x1a\n"
SAVED = "np.savez('new.npz', inputs=INPUTS, outputs=OUTPUTS, positions=np.linspace(0, 1, INPUTS.shape[1]))"
NAMED = (
    "'a' and 'u' (Burgers), 'coeff' and 'sol' (Darcy), 'x' and 'y' or 'tensor' are usual names; axes as "
    "(samples, points)"
)
WAYS = {  # kind of file: the lines that read it
    "an HDF5 file (.h5, .hdf5, or .mat of MATLAB 7.3)": (
        "import h5py, numpy as np; f = h5py.File('{0}'); "
        "INPUTS, OUTPUTS = (np.array(f[name]).T for name in ('a', 'u'))"
    ),
    "a MATLAB file (.mat)": (
        "import numpy as np, scipy.io; f = scipy.io.loadmat('{0}'); INPUTS, OUTPUTS = f['a'], f['u']"
    ),
    "a PyTorch file (.pt)": (
        "import numpy as np, torch; f = torch.load('{0}', weights_only=True); "
        "INPUTS, OUTPUTS = f['x'].numpy(), f['y'].numpy()"
    ),
    "a single array (.npy)": ("import numpy as np; f = np.load('{0}'); INPUTS, OUTPUTS = f[:-1], f[1:]"),
    "an .npz that holds objects, as DeepXDE's aligned data": (
        "import numpy as np; f = np.load('{0}', allow_pickle=True), which runs what is in it; "
        "INPUTS, OUTPUTS = f['X'][0], f['y']"
    ),
}
HDF5_FILE, MATLAB, TORCH, ARRAY, OBJECTS = WAYS


def read_functions(path: Path) -> dict[str, Array]:
    """Return the arrays of an .npz file of functions.

    Raises:
        FileError: If it is missing or damaged, or of another kind, which is named with the lines that convert
            it.
    """
    try:
        return read_arrays(path)
    except FileError:
        kind = kind_of(read_bytes(path))
        if kind is None:
            raise
        lines = f"{WAYS[kind].format(path)}; {SAVED}"
        raise FileError(f"{path}: {kind}, expected .npz; convert it: {lines} ({NAMED})") from None


def kind_of(data: bytes) -> str | None:
    """Return what kind of file these bytes are, where it is one that functions are kept in."""
    head = data[:HEAD]
    if HDF5 in head:
        return HDF5_FILE
    if head.startswith(b"MATLAB"):
        return MATLAB
    if head.startswith(b"\x93NUMPY"):
        return ARRAY
    if head.startswith(b"\x80\x02") and b"torch" in head:
        return TORCH
    return _kind_of_archive(_names(data), data)


def _kind_of_archive(names: Iterable[str], data: bytes) -> str | None:
    if any(name.endswith("data.pkl") for name in names):
        return TORCH
    return OBJECTS if any(name.endswith(".npy") for name in names) and b"|O" in data else None


def _names(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except zipfile.BadZipFile:
        return []


def check_deeponet(arrays: Iterable[str]) -> None:
    """Name DeepXDE's layout of branch, trunk and output, where these are its arrays."""
    names = set(arrays)
    if {"X_train0", "X_train1", "y_train"} <= names:
        raise DataError(
            "the arrays of a DeepONet (X_train0, X_train1, y_train); convert it: f = np.load(FILE); "
            "np.savez('new.npz', inputs=f['X_train0'], outputs=f['y_train'], positions=f['X_train1'][:, 0]), "
            "where inputs and outputs are on the same points"
        )

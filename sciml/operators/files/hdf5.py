"""HDF5: .h5 and .hdf5, MATLAB 7.3, and netCDF 4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sciml.errors import FileError
from sciml.operators.files.contents import Contents, check_claim, damaged, needed, sized

KIND = "an HDF5 file (.h5, .hdf5, netCDF 4, or .mat of MATLAB 7.3)"
DEEPEST = 8  # groups within groups


def read_hdf5(path: Path, reversed_axes: bool = False) -> Contents:
    """Return the arrays of an HDF5 file; those in groups are named GROUP/NAME.

    Links to other files, and data that other files hold, are refused.

    Args:
        path: The file.
        reversed_axes: Whether its axes are stored last first, as MATLAB's are.
    """
    h5py = needed("h5py", path, KIND)
    with damaged(path, KIND), h5py.File(path, "r", locking=False) as file:
        found = dict(_datasets(h5py, path, file, "", 0))
        arrays = {name: np.asarray(dataset[()]) for name, dataset in found.items()}
        units = {name: unit for name, dataset in found.items() if (unit := _unit(dataset))}
    turned = {name: array.T if reversed_axes else array for name, array in arrays.items()}
    return Contents("MATLAB 7.3" if reversed_axes else "HDF5", turned, units)


def _datasets(h5py: Any, path: Path, group: Any, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise FileError(f"{path}: {prefix}{name} is a link, expected data in the file itself")
        item = group[name]
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiub" and item.shape is not None:
            _check(path, prefix + name, item)
            yield prefix + name, item
        elif isinstance(item, h5py.Group) and depth < DEEPEST and not name.startswith("#"):
            yield from _datasets(h5py, path, item, f"{prefix}{name}/", depth + 1)


def _check(path: Path, name: str, dataset: Any) -> None:  # noqa: ANN401
    if dataset.external or dataset.is_virtual:
        raise FileError(f"{path}: {name} is held by other files, expected data in the file itself")
    check_claim(path, sized(dataset.shape), dataset.dtype.itemsize)


def _unit(dataset: Any) -> str:  # noqa: ANN401
    unit = dataset.attrs.get("units", "")
    return unit.decode(errors="replace") if isinstance(unit, bytes) else str(unit)

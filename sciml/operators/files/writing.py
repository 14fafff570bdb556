"""Functions written to a file, by the names that came in: .npz, .h5, .nc or .csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sciml.operators.files.contents import needed
from sciml.operators.files.hdf5 import KIND
from sciml.operators.files.names import Values
from sciml.runs.arrays import arrays_bytes
from sciml.runs.writing import write_bytes

SAMPLES, CHANNELS = "sample", "channel"  # dimensions of netCDF


@dataclass(frozen=True)
class Functions:
    """Functions on one grid.

    Attributes:
        axes: The coordinates by name, each (n,).
        values: The functions by name, (N, n, …) and, where there are several channels, those last.
        beside: Other arrays, one entry a sample.
        everywhere: Others at the points of the grid, the same for all samples.
    """

    axes: Mapping[str, Values]
    values: Mapping[str, Values]
    beside: Mapping[str, Values]
    everywhere: Mapping[str, Values] = field(default_factory=dict)

    @property
    def arrays(self) -> dict[str, Values]:
        """All arrays by name."""
        return {**self.axes, **self.values, **self.beside, **self.everywhere}


def write_functions(path: Path, functions: Functions) -> None:
    """Write functions in the format that the file's ending names, in one piece."""
    write_bytes(path, FORMATS[path.suffix](path, functions))


def csv_text(functions: Functions) -> str:
    """Return one row a point: coordinates, then each function, of several channels as output0_0, …."""
    grids = np.meshgrid(*functions.axes.values(), indexing="ij")
    names, columns = _axis_names(functions), [grid.ravel() for grid in grids]
    for values in functions.values.values():
        channels = values.reshape(len(values), columns[0].size, -1)
        for i, function in enumerate(channels):
            several = function.shape[1] > 1
            names += [f"output{i}_{c}" if several else f"output{i}" for c in range(function.shape[1])]
            columns += list(function.T)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(np.stack(columns, 1).tolist())
    return text.getvalue()


def _axis_names(functions: Functions) -> list[str]:
    return ["x"] if len(functions.axes) == 1 else list(functions.axes)


def _npz(_path: Path, functions: Functions) -> bytes:
    return arrays_bytes(functions.arrays)


def _csv(_path: Path, functions: Functions) -> bytes:
    return csv_text(functions).encode()


def _hdf5(path: Path, functions: Functions) -> bytes:
    h5py = needed("h5py", path, KIND)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in functions.arrays.items():
            file[name] = array
    return buffer.getvalue()


def _netcdf(_path: Path, functions: Functions) -> bytes:
    from scipy.io import netcdf_file

    buffer = io.BytesIO()
    file = netcdf_file(buffer, "w", version=2)
    sizes = {SAMPLES: len(next(iter(functions.values.values())))}
    sizes |= {name: len(axis) for name, axis in functions.axes.items()}
    several = [x.shape[-1] for x in functions.values.values() if x.ndim > len(sizes)]
    several += [x.shape[-1] for x in functions.everywhere.values() if x.ndim >= len(sizes)]
    sizes |= {CHANNELS: several[0]} if several else {}
    for name, size in sizes.items():
        file.createDimension(name, size)
    for name, array in functions.arrays.items():
        first = 1 if name in functions.everywhere else 0
        dimensions = (name,) if name in functions.axes else tuple(sizes)[first : first + array.ndim]
        _put(file, name, array, dimensions)
    file.flush()
    return buffer.getvalue()


def _put(file: Any, name: str, array: Values, dimensions: tuple[str, ...]) -> None:  # noqa: ANN401
    kind = "i4" if array.dtype.kind in "bi" else "f8"
    file.createVariable(name.replace("/", "_"), kind, dimensions)[:] = array.astype(kind)


FORMATS: Mapping[str, Callable[[Path, Functions], bytes]] = {
    ".npz": _npz,
    ".csv": _csv,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".nc": _netcdf,
}

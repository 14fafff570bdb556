"""NetCDF 3 (classic); netCDF 4 is HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sciml.operators.files.contents import Contents, check_claim, damaged, sized

KIND = "a netCDF file (.nc)"


def read_netcdf(path: Path) -> Contents:
    """Return the variables, with their units."""
    from scipy.io import netcdf_file

    with damaged(path, KIND), netcdf_file(path, "r", mmap=True) as file:
        arrays = {name: _values(path, variable) for name, variable in file.variables.items()}
        units = {name: _text(getattr(variable, "units", "")) for name, variable in file.variables.items()}
    return Contents("netCDF", arrays, {name: unit for name, unit in units.items() if unit})


def _values(path: Path, variable: Any) -> Any:  # noqa: ANN401
    check_claim(path, sized(variable.shape), variable.itemsize())
    native = variable.data.dtype.newbyteorder("=")
    return np.array(variable.data, dtype=native)


def _text(value: Any) -> str:  # noqa: ANN401
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)

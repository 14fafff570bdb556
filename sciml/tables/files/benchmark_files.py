"""Files of the benchmark tables, read as plain numbers: nothing is unpickled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

import numpy as np

from sciml.errors import DataError, FileError
from sciml.tables.arrays import Array
from sciml.tables.files.columnar import INSTALL
from sciml.tables.files.read import read_table

if TYPE_CHECKING:
    from pandas import DataFrame

UNUSED = ("Meth", "Eth", "Time")  # columns of the gas table that are not sensors


def npy_table(path: Path, columns: int | None = None) -> Array:
    """Return a matrix of numbers in an .npy file."""
    try:
        mapped = np.load(present(path), mmap_mode="r", allow_pickle=False)
        data = np.array(mapped, dtype=float)
    except (ValueError, TypeError, EOFError, OSError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: damaged, or not an .npy of plain numbers ({error})") from None
    if data.ndim != 2 or (columns is not None and data.shape[1] != columns):
        raise DataError(f"{path}: has the shape {data.shape}, expected (rows, {columns or 'columns'})")
    return data


def gas_table(folder: Path) -> DataFrame:
    """Return the sensors' columns, from whichever of .parquet, .csv and .npy is there."""
    from pandas import DataFrame

    paths = [folder / f"ethylene_CO.{suffix}" for suffix in ("parquet", "csv", "npy")]
    existing = [path for path in paths if path.exists()]
    if not existing and (folder / "ethylene_CO.pickle").exists():
        raise FileError(_unpickled(folder / "ethylene_CO.pickle"))
    path = present(existing[0] if existing else paths[0])
    if path.suffix == ".npy":
        values = npy_table(path)[:, len(UNUSED) :]
        return DataFrame(values, columns=[f"sensor_{i + 1}" for i in range(values.shape[1])])
    table = read_table(path)
    if lacking := [name for name in UNUSED if name not in table.columns]:
        raise DataError(
            f"{path}: has no column {', '.join(lacking)}, expected Time, Meth, Eth and the sensors"
        )
    return table.drop(columns=list(UNUSED))


def _unpickled(path: Path) -> str:
    return (
        f"{path}: a pickle can run code, and is not read; where you trust it, write it once as Parquet: "
        f"python -c \"import pandas; pandas.read_pickle('{path.name}').to_parquet('{path.stem}.parquet')\""
    )


def signal(path: Path) -> DataFrame:
    """Return the rows of a CSV file whose first column, the label, is 1, without that column.

    A row longer than the line of names, as some of the published files have, loses what is beyond.
    """
    from pandas import read_csv
    from pandas.errors import ParserError, ParserWarning

    with catch_warnings():
        simplefilter("ignore", ParserWarning)
        try:
            table = read_csv(present(path), index_col=False)
        except (ParserError, ValueError) as error:
            raise DataError(f"{path}: not a CSV table ({' '.join(str(error).split())})") from None
    chosen = table[table.iloc[:, 0] == 1].iloc[:, 1:]
    texts = [str(name) for name, kind in chosen.dtypes.items() if kind.kind not in "fiu"]
    if texts or not len(chosen):
        wrong = f"text in the column {texts[0]!r}" if texts else "no row has the label 1"
        raise DataError(f"{path}: {wrong}; expected labels and numbers")
    return chosen


def hdf5_parts(path: Path, names: Sequence[str]) -> list[Array]:
    """Return data sets of an HDF5 file."""
    present(path)
    try:
        import h5py
    except ImportError:
        raise FileError(f"{path}: reading HDF5 needs h5py: {INSTALL}") from None
    try:
        with h5py.File(path, "r") as file:
            return [np.asarray(file[name][:], dtype=float) for name in names]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path}: no HDF5 file with {', '.join(names)} ({error})") from None


def present(path: Path) -> Path:
    """Return the path of a file that is there."""
    if not path.is_file():
        raise FileError(
            f"{path}: no such file; sciml brings no benchmark tables, put the published file there"
        )
    return path

"""The five tables on which flows are usually compared, for those who have the files; none comes with sciml.

Columns, noise, standardisation and splits are those of G. Papamakarios, T. Pavlakou, I. Murray, Masked
autoregressive flow for density estimation, NeurIPS 2017, so that log-likelihoods can be put beside
published ones. Nothing is downloaded and nothing is unpickled.

    python -c "from sciml.tables.files.benchmark_tables import load; load('power', 'power').write('power')"
    sciml flow fit power/train.parquet --holdout 0 --out runs/power
    sciml flow score runs/power power/test.parquet -o scores.csv
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sciml.errors import ArgumentError, DataError, did_you_mean
from sciml.tables.arrays import Array
from sciml.tables.files.benchmark_files import gas_table, hdf5_parts, npy_table, signal
from sciml.tables.files.write import write_table

if TYPE_CHECKING:
    from pandas import DataFrame

POWER_COLUMNS = ("global_active_power", "voltage", *(f"sub_metering_{i}" for i in (1, 2, 3)), "time")
POWER_SEED = 42  # by which the published splits shuffle and add noise
CORRELATED = 0.98  # GAS: of two columns with a larger correlation one is left out
RECURRING = 5  # HEPMASS: a column whose smallest value occurs more often is left out


@dataclass(frozen=True)
class Splits:
    """A table in three parts, float32."""

    name: str
    train: DataFrame
    validation: DataFrame
    test: DataFrame

    def write(self, folder: str | Path) -> None:
        """Write train.parquet, validation.parquet and test.parquet, for `sciml flow fit` and `score`."""
        for part in ("train", "validation", "test"):
            write_table(getattr(self, part), Path(folder) / f"{part}.parquet")


def load(name: str, folder: str | Path) -> Splits:
    """Return the table called `name` from the files in a folder.

    Args:
        name: "power", "gas", "hepmass", "miniboone" or "bsds300".
        folder: Where the files are: power and miniboone `data.npy`; gas `ethylene_CO.parquet`, `.csv` or
            `.npy`; hepmass `1000_train.csv` and `1000_test.csv`; bsds300 `BSDS300.hdf5`.

    Raises:
        ArgumentError: If there is no such table.
        FileError: If a file is missing or cannot be read.
        DataError: If a file has another layout.
    """
    if name not in LOADERS:
        raise ArgumentError(f"unknown table {name!r}: {did_you_mean(name, LOADERS)}")
    return LOADERS[name](Path(folder))


def power(folder: Path) -> Splits:
    """Return household power: six of eight columns, shuffled, with uniform noise of the meters' resolution.

    `data.npy`: (n, 8) in the order of the paper's file: active power, reactive power, voltage, intensity,
    three meters, time.
    """
    data = npy_table(folder / "data.npy", columns=8)
    rng = np.random.RandomState(POWER_SEED)
    rng.shuffle(data)
    rows = len(data)
    voltage, active, meters = 0.01 * rng.rand(rows, 1), 0.001 * rng.rand(rows, 1), rng.rand(rows, 3)
    noise = np.hstack([active, voltage, meters, np.zeros((rows, 1))])
    return _splits("power", _standardised(*_parts(np.delete(data, [1, 3], axis=1) + noise)), POWER_COLUMNS)


def gas(folder: Path) -> Splits:
    """Return gas sensors exposed to ethylene and CO: those left when of correlated ones one is kept.

    Standardised by all rows, as published. A `.npy` holds the nineteen columns Time, CO, Ethylene and the
    sensors, in the order of the original file; a `.csv` or `.parquet` names Time, Meth and Eth.
    """
    table = gas_table(folder)
    values = table.to_numpy(dtype=float)
    names = list(table.columns)
    while len(doubled := np.flatnonzero((np.corrcoef(values.T) > CORRELATED).sum(1) > 1)):
        values, names = np.delete(values, doubled[0], axis=1), names[: doubled[0]] + names[doubled[0] + 1 :]
    return _splits("gas", _parts((values - values.mean(0)) / values.std(0, ddof=1)), names)


def hepmass(folder: Path) -> Splits:
    """Return collisions with a signal: the label column selects them, columns with recurring values go.

    Standardised by the training file's rows, validation rows included; a column is left out where its
    smallest value occurs more than five times in them.
    """
    train, test = (signal(folder / f"1000_{part}.csv") for part in ("train", "test"))
    if test.shape[1] < train.shape[1]:
        raise DataError(
            f"{folder}: 1000_test.csv has {test.shape[1]} features, 1000_train.csv {train.shape[1]}"
        )
    names = [str(name) for name in train.columns]
    rows, others = train.to_numpy(dtype=float), test.to_numpy(dtype=float)[:, : train.shape[1]]
    mean, spread = rows.mean(0), rows.std(0, ddof=1)
    varied = (rows == rows.min(0)).sum(0) <= RECURRING
    rows, others = ((each - mean)[:, varied] / spread[varied] for each in (rows, others))
    fitted = len(rows) - int(0.1 * len(rows))
    parts = rows[:fitted], rows[fitted:], others
    return _splits("hepmass", parts, [name for name, keep in zip(names, varied, strict=True) if keep])


def miniboone(folder: Path) -> Splits:
    """Return neutrino events, from the cleaned `data.npy` of the paper's files."""
    data = npy_table(folder / "data.npy")
    return _splits("miniboone", _standardised(*_parts(data)), _numbered(data.shape[1]))


def bsds300(folder: Path) -> Splits:
    """Return image patches: the data sets train, validation and test of `BSDS300.hdf5`, as they are."""
    parts = hdf5_parts(folder / "BSDS300.hdf5", ("train", "validation", "test"))
    return _splits("bsds300", parts, _numbered(parts[0].shape[1]))


LOADERS: Mapping[str, Callable[[Path], Splits]] = {
    "power": power,
    "gas": gas,
    "hepmass": hepmass,
    "miniboone": miniboone,
    "bsds300": bsds300,
}


def _parts(data: Array) -> tuple[Array, Array, Array]:
    """Return all but the last rows, the last tenth of those that are left, and the last tenth of all."""
    test = len(data) - int(0.1 * len(data))
    train = test - int(0.1 * test)
    return data[:train], data[train:test], data[test:]


def _standardised(train: Array, validation: Array, test: Array) -> tuple[Array, ...]:
    """Return the parts by mean and deviation of the first two."""
    seen = np.vstack([train, validation])
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    return tuple((part - mean) / spread for part in (train, validation, test))


def _numbered(columns: int) -> list[str]:
    return [f"x{i + 1}" for i in range(columns)]


def _splits(name: str, parts: Sequence[Array], names: Sequence[str]) -> Splits:
    from pandas import DataFrame

    if not all(len(part) and np.isfinite(part).all() for part in parts):
        raise DataError(
            f"{name}: a part is empty, or a cell is not a finite number; expected the file as published"
        )
    return Splits(name, *(DataFrame(part.astype(np.float32), columns=list(names)) for part in parts))

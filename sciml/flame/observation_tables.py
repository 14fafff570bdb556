"""Observations of a flame read from a table with units in its header."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sciml.errors import ArgumentError, DataError, FileError, did_you_mean
from sciml.flame.mixture import LENGTH
from sciml.flame.observations import FEWEST, FIELDS, Observations
from sciml.numerics.domains import Array

NOISE = 0.02  # relative standard deviation of a field that has no column for it
LEAST = math.ulp(0.0)  # the smallest positive number: a temperature, a speed or their error is never zero
_LENGTHS = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "µm": 1e-6, "μm": 1e-6}  # m
_SPEEDS = {"m/s": 1.0, "cm/s": 1e-2, "mm/s": 1e-3}  # m/s
_UNITS: Mapping[str, Mapping[str, float]] = {"x": _LENGTHS, "T": {"K": 1.0, "degC": 1.0}, "u": _SPEEDS}
_ZERO_CELSIUS = 273.15  # K


def read_csv(path: str | Path, length: float = LENGTH, noise: float = NOISE) -> Observations:
    """Return the observations in a table whose header gives each column's unit: `x [mm],T [K],u [m/s]`.

    Columns are x and T, u or both, and their standard deviations sigma_T and sigma_u where known; the others
    are `noise` times the value. Cells are separated by commas, tabs or semicolons, with which decimal commas
    are read too.

    Args:
        path: The table.
        length: Right end of the domain [m].
        noise: Relative standard deviation of the fields that have no column for it.
    """
    if not 0.0 < noise < 1.0:
        raise ArgumentError(f"noise: got {noise!r}, expected a number between 0 and 1")
    lines = _lines(Path(path))
    columns = _header(Path(path).name, lines[0][1])
    table = np.array([_row(columns, number, cells) for number, cells in lines[1:]])
    if len(table) < FEWEST:
        raise DataError(f"{Path(path).name}: got {len(table)} rows, expected at least {FEWEST}")
    data = {column.name: column.to_si(table[:, i]) for i, column in enumerate(columns)}
    _check_rows(data, [number for number, _ in lines[1:]], length)
    values = {name: data[name] for name in FIELDS if name in data}
    sigma = {name: data.get(f"sigma_{name}", noise * np.abs(values[name])) for name in values}
    return Observations(data["x"], values, sigma)


@dataclass(frozen=True)
class _Column:
    """A column of a table: its name and unit."""

    name: str
    unit: str

    def to_si(self, values: Array) -> Array:
        """Return the values in SI units."""
        shift = _ZERO_CELSIUS if (self.name, self.unit) == ("T", "degC") else 0.0
        return np.asarray(_UNITS[self.name.removeprefix("sigma_")][self.unit] * values + shift)

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]"


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the cells of every line that is not empty, with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: expected UTF-8 text") from None
    first = text.partition("\n")[0]
    separator = next((mark for mark in ";\t" if mark in first), ",")
    split = (line.split(separator) for line in text.splitlines())
    rows = enumerate(([cell.strip().strip('"') for cell in cells] for cells in split), start=1)
    lines = [(number, cells) for number, cells in rows if any(cells)]
    if not lines:
        raise DataError(f"{path.name}: empty, expected a header such as x [mm],T [K],u [m/s]")
    if separator == ";":
        lines[1:] = [(number, [cell.replace(",", ".") for cell in cells]) for number, cells in lines[1:]]
    return lines


def _header(name: str, cells: Sequence[str]) -> list[_Column]:
    """Return the columns, or say which is missing, unknown, doubled or without a unit."""
    columns = [_column(name, cell) for cell in cells]
    names = [column.name for column in columns]
    doubled = [each for each in names if names.count(each) > 1]
    if doubled:
        raise DataError(f"{name}: column {doubled[0]!r} appears twice")
    if "x" not in names or not any(field in names for field in FIELDS):
        raise DataError(f"{name}: got columns {', '.join(names)}; expected x and at least one of T, u")
    orphan = [each for each in names if each.startswith("sigma_") and each[6:] not in names]
    if orphan:
        raise DataError(f"{name}: column {orphan[0]!r} needs a column {orphan[0][6:]!r}")
    return columns


def _column(name: str, cell: str) -> _Column:
    match = re.fullmatch(r"([^\[\]]*?)\s*(?:\[\s*([^\[\]]*?)\s*\])?", cell)
    title, unit = match.groups() if match else (cell, None)
    titles = ["x", *FIELDS, *(f"sigma_{field}" for field in FIELDS)]
    if title not in titles:
        raise DataError(f"{name}: unknown column {title!r}, {did_you_mean(title, titles)}")
    units = _UNITS[title.removeprefix("sigma_")]
    if unit is None or unit not in units:
        got = "no unit" if unit is None else f"unit [{unit}]"
        raise DataError(f"{name}: column {title!r} has {got}, expected one of [{'], ['.join(units)}]")
    return _Column(title, unit)


def _row(columns: Sequence[_Column], number: int, cells: Sequence[str]) -> list[float]:
    """Return the numbers of a line."""
    if len(cells) != len(columns):
        raise DataError(f"line {number}: got {len(cells)} cells, expected {len(columns)}")
    return [_number(str(column), number, cell) for column, cell in zip(columns, cells, strict=True)]


def _number(column: str, number: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"line {number}, column {column!r}: got {cell!r}, expected a finite number")
    return value


def _check_rows(data: Mapping[str, Array], numbers: Sequence[int], length: float) -> None:
    """Raise at the first row outside the domain, or with a value that no flame has."""
    limits = {"x": (0.0, length, "m")} | {name: (LEAST, math.inf, unit) for name, unit in FIELDS.items()}
    limits |= {f"sigma_{name}": (LEAST, math.inf, unit) for name, unit in FIELDS.items()}
    for name, column in data.items():
        low, high, unit = limits[name]
        wrong = np.flatnonzero(~((column >= low) & (column <= high)))
        if len(wrong):
            expected = f"from 0 to {high:g} m, the domain" if name == "x" else f"a positive number of {unit}"
            row = int(wrong[0])
            got = f"{column[row]:.6g} {unit}"
            raise DataError(f"line {numbers[row]}, column {name!r}: got {got}, expected {expected}")

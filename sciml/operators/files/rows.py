"""CSV of rows: one point of one function a row, with the columns sample, x, perhaps y, and the values."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sciml.errors import DataError
from sciml.operators.files.contents import Contents
from sciml.runs.arrays import LARGEST
from sciml.runs.storage import read_bytes

KIND = "a table of rows (.csv)"
SAMPLE, AXES = "sample", ("x", "y")
Column = NDArray[np.float64]


def read_rows(path: Path) -> Contents:
    """Return the columns as arrays (N, n), and those of the positions as (n,).

    Raises:
        DataError: If a cell is no number, or the samples are not on the same points; with the line.
    """
    columns = _columns(path)
    if SAMPLE not in columns or AXES[0] not in columns:
        raise DataError(
            f"{path}: {KIND} with the columns {', '.join(columns)}, expected sample, x (and y) and values, "
            "one point of one function a row"
        )
    axes = [name for name in AXES if name in columns]
    order = np.lexsort([*(columns[name] for name in axes), columns[SAMPLE]])
    sorted_ = {name: column[order] for name, column in columns.items()}
    count = len(np.unique(sorted_[SAMPLE]))
    whole = {name: _whole(path, column, count) for name, column in sorted_.items()}
    _check_same(path, whole, axes)
    values = {name: array for name, array in whole.items() if name not in (SAMPLE, *axes)}
    points = np.stack([whole[name][0] for name in axes], 1)
    return Contents("CSV", {**values, "positions": points})


def _columns(path: Path) -> dict[str, Column]:
    text = read_bytes(path, LARGEST).decode("utf-8-sig", errors="replace")
    first = text.splitlines()[0] if text else ""
    reader = csv.reader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = [name.strip() for name in next(reader, [])]
    rows = [_numbers(path, reader.line_num, row, len(names)) for row in reader if row]
    if not rows or len(set(names)) != len(names):
        raise DataError(
            f"{path}: no rows, or a name twice among {', '.join(names)}; expected a line of names"
        )
    return dict(zip(names, np.array(rows).T, strict=True))


def _numbers(path: Path, line: int, row: list[str], count: int) -> list[float]:
    if len(row) != count:
        raise DataError(f"{path}: line {line} has {len(row)} cells, expected {count}")
    try:
        return [float(cell) for cell in row]
    except ValueError:
        raise DataError(f"{path}: line {line} holds {','.join(row)!r}, expected numbers") from None


def _whole(path: Path, column: Column, count: int) -> Column:
    if len(column) % count:
        raise DataError(f"{path}: {len(column)} rows of {count} samples, expected as many points of each")
    return column.reshape(count, -1)


def _check_same(path: Path, whole: dict[str, Column], axes: list[str]) -> None:
    one_sample = (whole[SAMPLE] == whole[SAMPLE][:, :1]).all()
    if not one_sample or not all((whole[name] == whole[name][:1]).all() for name in axes):
        raise DataError(
            f"{path}: samples are on different points, expected the same points of each; interpolate them to "
            "common points"
        )

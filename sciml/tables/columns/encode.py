"""Rows of a table as numbers, and back, with the log-determinant that keeps densities in the table's units.

Scoring finds columns by name: their order is free, others are ignored, a missing one is an error. An array
has the schema's columns in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.errors import ArgumentError, DataError
from sciml.tables.columns import frames
from sciml.tables.columns.column import LARGEST_INTEGER, Array, Column
from sciml.tables.columns.detect import numbers, supported
from sciml.tables.columns.levels import MISSING, UNSEEN, level_indices
from sciml.tables.columns.schema import Schema
from sciml.tables.columns.support import unbounded

if TYPE_CHECKING:
    import pandas as pd

CORE = 8.0  # a given number is linear within this many spreads of its median, logarithmic further out


@dataclass(frozen=True)
class Encoded:
    """Rows of a table as numbers.

    Attributes:
        x: The real block without bounds (after log or logit), (n, d); NaN where missing, 0 where outside.
        log_det: Σ log |dx/dcolumn| over the cells that are there, (n,).
        discrete: Level indices and integers, (n, k), int64; the column's `fill` where missing or outside.
        missing_discrete: Which of these are missing, (n, k).
        context: Each given column in file order, one-hot levels or a standardised number (zeros where
            missing), then for each column with gaps in training whether the cell is missing, (n, c).
        supported: False where the density is 0 or undefined: an unseen level, a value outside, (n,).
    """

    x: Array
    log_det: Array
    discrete: Array
    missing_discrete: Array
    context: Array
    supported: Array


def encode(table: Any, schema: Schema, unseen: str = "mark") -> Encoded:  # noqa: ANN401
    """Return the rows of `table` as numbers.

    Args:
        table: A data frame with the schema's columns, or an array of them in order.
        schema: From the training table.
        unseen: "mark" marks rows with an unseen level or a value outside as not supported; "error" refuses.

    Raises:
        DataError: For a column that is not there, texts among numbers, and missing cells unless the policy
            is impute.
    """
    if unseen not in ("mark", "error"):
        raise ArgumentError(f"unseen must be 'mark' or 'error', not {unseen!r}")
    frame = chosen(table, schema)
    if schema.missing != "impute":
        frames.refuse_gaps(frame, "leave such rows out, or fit with missing=impute")
    cells = {column.name: cells_of(frame[column.name], column) for column in schema.columns}
    inside = np.stack([inside for _, _, inside in cells.values()])
    if unseen == "error" and not inside.all():
        raise _outside(frame, schema, inside)
    x, log_det = _real(cells, schema, len(frame))
    return Encoded(
        x,
        log_det,
        *_discrete(cells, schema, len(frame)),
        _context(cells, schema, len(frame)),
        np.asarray(inside.all(0)),
    )


def chosen(table: Any, schema: Schema) -> pd.DataFrame:  # noqa: ANN401
    """Return the schema's columns of a table, in their order; an array has them in that order already."""
    names = None if hasattr(table, "columns") else [column.name for column in schema.columns]
    return frames.selected(frames.as_frame(table, names), schema.columns)


Cells = dict[str, tuple[Array, Array, Array]]


def cells_of(series: pd.Series, column: Column) -> tuple[Array, Array, Array]:
    """Return numbers or level indices, which cells are missing, and which lie inside the support."""
    if column.categorical:
        codes = level_indices(series, column.levels)
        return codes, codes == MISSING, codes != UNSEEN
    x = numbers(series)
    missing = ~np.isfinite(x)
    return x, missing, missing | supported(x, column)


def _outside(frame: pd.DataFrame, schema: Schema, inside: Array) -> DataError:
    row = int(np.flatnonzero(~inside.all(0))[0])
    name = schema.columns[int(np.flatnonzero(~inside[:, row])[0])].name
    return DataError(
        f"column {name!r} has {frame[name].iloc[row]!r} in row {row} (counting from 0), which the fit holds"
        f" for impossible; {int((~inside.all(0)).sum())} such rows"
    )


def _number(cells: Cells, column: Column) -> tuple[Array, Array]:
    """Return y and log |dy/dcolumn|: NaN and 0 where missing, both 0 outside the support."""
    x, missing, inside = cells[column.name]
    y, log_det = np.zeros_like(x), np.zeros_like(x)
    good = inside & ~missing
    y[good], log_det[good] = unbounded(x[good], column)
    y[missing] = np.nan
    return y, log_det


def _real(cells: Cells, schema: Schema, n: int) -> tuple[Array, Array]:
    found = [_number(cells, column) for column in schema.real]
    x = np.stack([y for y, _ in found], axis=1) if found else np.zeros((n, 0))
    return x, sum((log_det for _, log_det in found), np.zeros(n))


def _discrete(cells: Cells, schema: Schema, n: int) -> tuple[Array, Array]:
    values = np.zeros((n, len(schema.discrete)), dtype=np.int64)
    absent = np.zeros(values.shape, dtype=bool)
    for j, column in enumerate(schema.discrete):
        x, missing, inside = cells[column.name]
        absent[:, j] = missing
        values[:, j] = np.where(
            inside & ~missing, np.clip(np.nan_to_num(x), -LARGEST_INTEGER, LARGEST_INTEGER), column.fill
        )
    return values, absent


def _context(cells: Cells, schema: Schema, n: int) -> Array:
    given = [given_features(cells, column) for column in schema.given]
    indicators = [cells[column.name][1][:, None].astype(float) for column in schema.gaps]
    return np.concatenate([np.zeros((n, 0)), *given, *indicators], axis=1)


def given_features(cells: Cells, column: Column) -> Array:
    """Return a given column for the context, (n, levels) or (n, 1)."""
    if column.categorical:
        return (cells[column.name][0][:, None] == np.arange(len(column.levels))).astype(float)
    y = _number(cells, column)[0]
    with np.errstate(over="ignore"):
        z = (y - column.center) / column.scale
    return compressed(np.where(np.isnan(z), 0.0, z))[:, None]


def compressed(z: Array) -> Array:
    """Return z within ±CORE, growing like log |z| outside with slope 1 at the joint: finite, increasing."""
    far = np.minimum(np.abs(z), np.finfo(float).max)
    return np.sign(z) * np.where(far <= CORE, far, CORE + np.log1p(np.maximum(far - CORE, 0.0)))

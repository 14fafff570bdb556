"""Rows of a table as numbers, and back, with the log-determinant that keeps densities in the table's units.

Scoring finds columns by name: their order is free, others are ignored, a missing one is an error. An array
has the schema's columns in their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.errors import ArgumentError, DataError
from sciml.tables.arrays import Array
from sciml.tables.columns import frames
from sciml.tables.columns.kind import Coded
from sciml.tables.columns.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

Cells = dict[str, Coded]  # by column


@dataclass(frozen=True)
class Encoded:
    """Rows of a table as numbers.

    Attributes:
        x: The numbers with a density, (n, d); NaN where there is none, 0 where outside the support.
        log_det: Σ log |dx/dcell| over the cells that are there, (n,).
        discrete: The codes with masses, (n, k), int64; the column's `fill` where missing or outside.
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
    cells = {column.name: column.encode(frame[column.name]) for column in schema.columns}
    inside = np.stack([coded.inside for coded in cells.values()])
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
    names = [column.name for column in schema.columns]
    return frames.selected(frames.as_frame(table, None if hasattr(table, "columns") else names), names)


def _outside(frame: pd.DataFrame, schema: Schema, inside: Array) -> DataError:
    row = int(np.flatnonzero(~inside.all(0))[0])
    name = schema.columns[int(np.flatnonzero(~inside[:, row])[0])].name
    return DataError(
        f"column {name!r} has {frame[name].iloc[row]!r} in row {row} (counting from 0), which the fit holds"
        f" for impossible; {int((~inside.all(0)).sum())} such rows"
    )


def _real(cells: Cells, schema: Schema, n: int) -> tuple[Array, Array]:
    """Return the numbers with a density, (n, d), and their log-determinants, (n,)."""
    x, total = np.zeros((n, len(schema.real))), np.zeros(n)
    for j, column in enumerate(schema.real):
        coded = cells[column.name]
        assert coded.number is not None  # a kind with a density has numbers
        assert coded.log_det is not None
        x[:, j] = coded.number
        total = total + coded.log_det
    return x, total


def _discrete(cells: Cells, schema: Schema, n: int) -> tuple[Array, Array]:
    """Return the codes with masses, (n, k), and which of them are missing."""
    codes = np.zeros((n, len(schema.discrete)), dtype=np.int64)
    missing = np.zeros(codes.shape, dtype=bool)
    for j, column in enumerate(schema.discrete):
        coded = cells[column.name]
        assert coded.code is not None  # a kind with masses has codes
        missing[:, j] = coded.missing
        codes[:, j] = np.where(coded.inside & ~coded.missing, coded.code, column.fill)
    return codes, missing


def _context(cells: Cells, schema: Schema, n: int) -> Array:
    given = [column.context(cells[column.name]) for column in schema.given]
    indicators = [cells[column.name].missing[:, None].astype(float) for column in schema.gaps]
    return np.concatenate([np.zeros((n, 0)), *given, *indicators], axis=1)

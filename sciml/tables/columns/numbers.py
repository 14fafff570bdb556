"""Cells of a column as numbers; what is none is refused by its row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.errors import ArgumentTypeError, DataError
from sciml.tables.arrays import Array
from sciml.tables.columns.faults import ColumnFault

if TYPE_CHECKING:
    import pandas as pd


def numbers(cells: pd.Series) -> Array:
    """Return a column as float64, NaN where a cell is missing; texts are refused."""
    import pandas as pd

    dtype = cells.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        cells = cells.astype(dtype.categories.dtype)
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        if pd.api.types.is_datetime64_any_dtype(cells.dtype) or cells.dtype.kind in "mc":
            raise DataError(f"column {cells.name!r} holds {dtype}, expected real numbers")
        refuse_structures(cells)
        refuse_text(cells)
        cells = pd.to_numeric(cells, errors="coerce")
    return np.asarray(cells.to_numpy(dtype=np.float64, na_value=np.nan, copy=True))


def are_numbers(cells: pd.Series) -> Array:
    """Return which cells are, or read as, numbers."""
    import pandas as pd

    return np.asarray(pd.to_numeric(cells, errors="coerce").notna(), dtype=bool)


def refuse_text(cells: pd.Series) -> None:
    """Refuse a column of numbers with a text in it, naming the first."""
    rows = np.flatnonzero(np.asarray(cells.notna(), dtype=bool) & ~are_numbers(cells))
    if len(rows):
        raise ColumnFault(
            f"column {cells.name!r} has {str(cells.iloc[rows[0]])!r} in row {rows[0]} (counting from 0;"
            f" {len(rows)} such cells), expected a number: correct it, or declare {cells.name}=categorical"
        )


def refuse_structures(cells: pd.Series) -> None:
    """Refuse a cell that is neither a text nor a number."""
    for row, cell in enumerate(cells):
        if isinstance(cell, dict | list | set | tuple | np.ndarray):
            raise ArgumentTypeError(
                f"column {cells.name!r}, row {row}: argument must be a string or a number, not {cell!r}"
            )


def typed(values: Array, dtype: str) -> pd.Series:
    """Return numbers in the training column's type, or as they are where it cannot hold them."""
    import pandas as pd

    cells = pd.Series(values)
    if dtype == "category":
        return cells
    try:
        with np.errstate(over="ignore"):
            turned = cells.astype(dtype)
        exact = np.allclose(turned.astype(float), cells.astype(float), rtol=1e-3)
    except (TypeError, ValueError, OverflowError):
        return cells
    return turned if exact else cells

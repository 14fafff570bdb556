"""Kinds of columns, found from their types and values.

Booleans, texts and pandas categories are categorical; integer types are integer; floating-point types are
real, whole numbers or not. Positive and bounded columns are never found, only declared: that no value
below a bound was seen does not make lower ones impossible. `remarks` says what looks suspicious.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.errors import ArgumentTypeError, DataError
from sciml.tables.columns.column import LARGEST_INTEGER, MOST_LEVELS, Array, Column, Kind, Level

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = 0.5  # texts of which more than this share are numbers were meant as numbers
LIKE_NAMES = 0.5  # texts of which more than this share are distinct look like names of the rows
FEW = 20
SKEWED = 20.0  # largest value over median, from which a logarithm is suggested


def found_kind(cells: pd.Series) -> Kind:
    """Return the kind of a column nobody declared."""
    import pandas as pd

    dtype = cells.dtype
    if pd.api.types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return Kind("categorical")
    if pd.api.types.is_integer_dtype(dtype):
        return Kind("integer")
    if pd.api.types.is_float_dtype(dtype):
        return Kind("real")
    if pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype):
        return _of_objects(cells)
    raise DataError(f"column {cells.name!r} holds {dtype}: turn it into numbers or texts first")


def _of_objects(cells: pd.Series) -> Kind:
    """Return categorical, but refuse texts among numbers and texts that look like names of the rows."""
    refuse_structures(cells)
    filled = cells.dropna()
    numeric = are_numbers(filled)
    if numeric.any() and numeric.mean() > NUMBERS and not numeric.all():
        refuse_text(cells)
    distinct = filled.nunique()
    if distinct > max(FEW, LIKE_NAMES * len(filled)):
        raise DataError(
            f"column {cells.name!r} has {distinct} different texts in {len(filled)} rows, like names of the"
            f" rows: drop it, or declare {cells.name}=categorical"
        )
    return Kind("categorical")


def are_numbers(cells: pd.Series) -> Array:
    """Return which cells are, or read as, numbers."""
    import pandas as pd

    return np.asarray(pd.to_numeric(cells, errors="coerce").notna(), dtype=bool)


def refuse_text(cells: pd.Series) -> None:
    """Refuse a column of numbers with a text in it, naming the first."""
    rows = np.flatnonzero(np.asarray(cells.notna(), dtype=bool) & ~are_numbers(cells))
    if len(rows):
        raise DataError(
            f"column {cells.name!r} has {str(cells.iloc[rows[0]])!r} in row {rows[0]} (counting from 0;"
            f" {len(rows)} such cells), expected a number: correct it, or declare {cells.name}=categorical"
        )


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
    return cells.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)


def refuse_structures(cells: pd.Series) -> None:
    """Refuse a cell that is neither a text nor a number."""
    for row, cell in enumerate(cells):
        if isinstance(cell, dict | list | set | tuple | np.ndarray):
            raise ArgumentTypeError(
                f"column {cells.name!r}, row {row}: argument must be a string or a number, not {cell!r}"
            )


def found_levels(cells: pd.Series) -> tuple[Level, ...]:
    """Return the levels that occur in a categorical column, in order; at least two.

    Pandas categories that occur in no row are left out: nothing can be learned about them.
    """
    levels: dict[str, Level] = {}
    for value in cells.dropna().unique():
        levels.setdefault(level_key(value), plain_level(value))
    if len(levels) < 2:
        only = next(iter(levels.values()), "nothing")
        raise DataError(f"column {cells.name!r} is constant, all {only!r}: drop it")
    if len(levels) > MOST_LEVELS:
        raise DataError(f"column {cells.name!r} has {len(levels)} levels, expected at most {MOST_LEVELS}")
    return tuple(sorted(levels.values(), key=lambda level: (isinstance(level, str), level)))


def plain_level(value: object) -> Level:
    """Return a level as JSON can hold it: a text, a whole or a real number, or a truth value."""
    item = value.item() if isinstance(value, np.generic) else value
    return item if isinstance(item, str | bool | int | float) else str(item)


def level_key(value: object) -> str:
    """Return what makes two cells the same level: 1, 1.0, True and "1" are, and reals to float32's precision.

    >>> level_key(1.0), level_key(True), level_key("1"), level_key(np.float32(0.1)) == level_key(0.1)
    ('1', '1', '1', True)
    """
    item = plain_level(value)
    if isinstance(item, str):
        return item
    whole = isinstance(item, int) or item.is_integer()
    return str(int(item)) if whole else str(np.float32(item))


def checked_values(cells: pd.Series, column: Column) -> Array:
    """Return a numeric column as float64, refusing training values outside its support."""
    x = numbers(cells)
    wrong = ~np.isnan(x) & ~supported(x, column)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"column {column.name!r} has {x[row]:g} in row {row} (counting from 0; {int(wrong.sum())} such"
            f" cells), expected {_expected(column)}: correct it, or declare another kind"
        )
    return x


def supported(x: Array, column: Column) -> Array:
    """Return which of the numbers `x` a numeric column may hold."""
    if column.kind == "integer":
        return (np.abs(x) <= LARGEST_INTEGER) & (np.floor(x) == x)
    low, high = column.bounds
    return np.isfinite(x) & (x > low) & (x < high)


def _expected(column: Column) -> str:
    if column.kind == "integer":
        return f"whole numbers up to 2^53, or {column.name}=real"
    return (
        "numbers above 0"
        if column.kind == "positive"
        else f"numbers within ({column.low:g}, {column.high:g})"
    )


def remarks(frame: pd.DataFrame, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return what a user may want to declare otherwise, a sentence a column."""
    notes = [_remark(column.name, numbers(frame[column.name])) for column in columns if column.kind == "real"]
    return tuple(note for note in notes if note)


def _remark(name: str, x: Array) -> str:
    x = x[np.isfinite(x)]
    distinct = len(np.unique(x))
    if len(x) and (np.floor(x) == x).all() and 2 * distinct <= len(x):
        return (
            f"column {name!r} holds only whole numbers, {distinct} different ones in {len(x)} rows:"
            f" taken as real; declare {name}=integer if it counts something"
        )
    if len(x) and x.min() > 0 and x.max() > SKEWED * np.median(x):
        return f"column {name!r} is above 0 and skewed: declare {name}=positive if it can never be 0 or less"
    return ""

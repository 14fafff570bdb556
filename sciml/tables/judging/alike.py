"""Two tables side by side: the same columns, and their cells as numbers that can be ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.errors import DataError
from sciml.tables.arrays import Array

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def common_columns(rows: DataFrame, draws: DataFrame) -> list[str]:
    """Return the columns of `rows`, which `draws` must have too, in any order; neither may be empty."""
    if set(rows.columns) != set(draws.columns):
        apart = sorted(map(str, set(rows.columns) ^ set(draws.columns)))
        raise DataError(f"draws: their columns differ from those of the rows by {', '.join(apart)}")
    if not len(rows) or not len(draws):
        raise DataError(f"got {len(rows)} rows and {len(draws)} draws, expected at least one of each")
    return list(rows.columns)


def total_variation(x: Array, y: Array) -> float:
    """Return half the sum of |p(level) − q(level)| over the levels of two samples of codes."""
    levels = np.union1d(x, y)
    shares = [np.array([(codes == level).mean() for level in levels]) for codes in (x, y)]
    return float(abs(shares[0] - shares[1]).sum() / 2)


def numbered(x: Series, y: Series) -> tuple[Array, Array]:
    """Return the present cells of two like columns as numbers: categories by the order of their names."""
    present = [column.dropna() for column in (x, y)]
    if not all(len(column) for column in present):
        raise DataError(f"column {x.name!r}: has no value in the rows or in the draws; nothing to compare")
    if all(is_number(column) for column in present):
        first, second = (column.to_numpy(dtype=float) for column in present)
        return first, second
    names = [column.astype(str).to_numpy(dtype=str) for column in present]
    codes = np.unique(np.concatenate(names), return_inverse=True)[1].astype(float)
    return codes[: len(names[0])], codes[len(names[0]) :]


def is_number(column: Series) -> bool:
    """Whether a column holds numbers; truth values are categories."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(column) and not is_bool_dtype(column))

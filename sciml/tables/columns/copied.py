"""Rows that occur more than once: told apart, so that copies of one row stay together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.arrays import Array

if TYPE_CHECKING:
    import pandas as pd

COPIES = 0.01  # of the rows, up to which copies are left alone
SAME = 1e-6  # of a column's spread, to which rows are the same


def groups(table: pd.DataFrame, there: Array) -> Array | None:
    """Return a number a row, the same for rows of the same cells where `there`; None for hardly a copy."""
    import pandas as pd

    keys = pd.DataFrame({str(j): _key(table.iloc[:, j]) for j in range(table.shape[1])})
    keys["apart"] = np.where(there, -1, np.arange(len(table)))
    numbers = np.asarray(keys.groupby(list(keys), dropna=False, sort=False).ngroup())
    copies = len(numbers) - len(np.unique(numbers))
    return numbers if copies > COPIES * len(numbers) else None


def _key(cells: pd.Series) -> Array:
    """Return cells as numbers that are the same to a millionth of the column's spread."""
    import pandas as pd

    if not pd.api.types.is_float_dtype(cells.dtype):
        return np.asarray(pd.factorize(cells)[0])
    x = cells.to_numpy(dtype=float, na_value=np.nan)
    finite = x[np.isfinite(x)]
    with np.errstate(over="ignore", invalid="ignore"):
        spread = float(np.subtract(*np.quantile(finite, (0.84, 0.16)))) if len(finite) else 0.0
        step = SAME * (spread or float(np.abs(finite).max(initial=0.0)) or 1.0)
        return np.asarray(np.where(np.isfinite(x), np.rint(x / step), x))

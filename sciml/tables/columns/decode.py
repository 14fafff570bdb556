"""Numbers back into rows of a table, with the types the training table had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.columns.column import Array, Column
from sciml.tables.columns.schema import Schema
from sciml.tables.columns.support import bounded_again

if TYPE_CHECKING:
    import pandas as pd


def decode(x: Array, discrete: Array, schema: Schema, given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return rows in the table's own columns, order and types.

    Args:
        x: The real block, (n, d), as `encode` gives it.
        discrete: Level indices and integers, (n, k).
        schema: From the training table.
        given: Cells of the given columns, n rows, passed through; None leaves these columns out.
    """
    import pandas as pd

    made = {c.name: bounded_again(x[:, j], c) for j, c in enumerate(schema.real)}
    made |= {c.name: _values(discrete[:, j], c) for j, c in enumerate(schema.discrete)}
    rows = {c.name: typed(pd.Series(made[c.name]), c) for c in schema.columns if c.name in made}
    if given is not None:
        rows |= {c.name: given[c.name].reset_index(drop=True) for c in schema.given}
    return pd.DataFrame({c.name: rows[c.name] for c in schema.columns if c.name in rows}, index=range(len(x)))


def _values(indices: Array, column: Column) -> Array:
    if not column.categorical:
        return indices
    whole = all(isinstance(level, str) for level in column.levels)
    levels = np.array(column.levels, dtype=object if whole else None)
    return levels[indices]


def typed(cells: pd.Series, column: Column) -> pd.Series:
    """Return the cells in the training column's type, or as they are where it cannot hold them."""
    import pandas as pd

    if column.dtype == "category":
        return cells.astype(pd.CategoricalDtype(list(column.levels)))
    try:
        with np.errstate(over="ignore"):
            turned = cells.astype(column.dtype)
        kept = column.categorical or np.allclose(turned.astype(float), cells.astype(float), rtol=1e-3)
    except (TypeError, ValueError, OverflowError):
        return cells
    return turned if kept else cells

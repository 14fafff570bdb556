"""Numbers back into rows of a table, with the types the training table had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sciml.tables.arrays import Array
from sciml.tables.columns.schema import Schema

if TYPE_CHECKING:
    import pandas as pd


def decode(x: Array, discrete: Array, schema: Schema, given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return rows in the table's own columns, order and types.

    Args:
        x: The real block, (n, d), as `encode` gives it.
        discrete: The codes with masses, (n, k).
        schema: From the training table.
        given: Cells of the given columns, n rows, passed through; None leaves these columns out.
    """
    import pandas as pd

    numbers = {column.name: x[:, j] for j, column in enumerate(schema.real)}
    codes = {column.name: discrete[:, j] for j, column in enumerate(schema.discrete)}
    rows = {}
    for column in schema.columns:
        name = column.name
        if not column.given:
            rows[name] = column.kind.decode(numbers.get(name), codes.get(name), column.dtype)
        elif given is not None:
            rows[name] = given[name].reset_index(drop=True)
    return pd.DataFrame(rows, index=range(len(x)))

"""The context of rows of which only the given columns are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from sciml.errors import DataError
from sciml.tables.arrays import Array
from sciml.tables.columns import frames
from sciml.tables.columns.schema import Schema


def encode_given(table: Any, schema: Schema) -> Array:  # noqa: ANN401
    """Return the context (n, c) of rows of which only the given columns are known, the others complete.

    Raises:
        DataError: For a column that is not there, and for a level or a value that training ruled out.
    """
    frame = frames.selected(frames.as_frame(table), [column.name for column in schema.given])
    cells = {column.name: column.encode(frame[column.name]) for column in schema.given}
    for column in schema.given:
        coded = cells[column.name]
        bad = ~coded.inside | (coded.missing & (not column.gaps))
        if bad.any():
            value = frame[column.name].iloc[int(np.flatnonzero(bad)[0])]
            raise DataError(f"given: column {column.name!r} has {value!r}, which training ruled out")
    whole = np.zeros((len(frame), 1))
    given = [column.context(cells[column.name]) for column in schema.given]
    gaps = [cells[c.name].missing[:, None].astype(float) if c.given else whole for c in schema.gaps]
    return np.concatenate([np.zeros((len(frame), 0)), *given, *gaps], axis=1)

"""Levels of a categorical column as indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.columns.column import Array, Level
from sciml.tables.columns.detect import level_key

if TYPE_CHECKING:
    import pandas as pd

MISSING = -1
UNSEEN = -2


def level_indices(cells: pd.Series, levels: tuple[Level, ...]) -> Array:
    """Return the index in `levels` of each cell: MISSING where it is empty, UNSEEN for another level."""
    import pandas as pd

    codes, values = pd.factorize(cells)
    places = {level_key(level): i for i, level in enumerate(levels)}
    known = np.array([places.get(level_key(value), UNSEEN) for value in values] + [MISSING], dtype=np.int64)
    return known[codes]

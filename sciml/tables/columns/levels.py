"""Levels of a categorical column: found, told apart, and as indices."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.faults import ColumnFault, Remedy

if TYPE_CHECKING:
    import pandas as pd

Level: TypeAlias = str | int | float | bool

MISSING = -1  # the index of an empty cell
UNSEEN = -2  # the index of what is none of the levels
MOST_LEVELS = 1000  # more are names or numbers, and each has parameters of its own


def found_levels(cells: pd.Series) -> tuple[Level, ...]:
    """Return the levels that occur in a categorical column, in order; at least two.

    Pandas categories that occur in no row are left out: nothing can be learned about them.
    """
    levels: dict[str, Level] = {}
    for value in cells.dropna().unique():
        levels.setdefault(level_key(value), plain_level(value))
    if len(levels) < 2:
        only = next(iter(levels.values()), "nothing")
        raise ColumnFault(
            f"column {cells.name!r} is constant, all {only!r}: drop it",
            Remedy("drop", str(cells.name), "constant"),
        )
    if len(levels) > MOST_LEVELS:
        raise ColumnFault(
            f"column {cells.name!r} has {len(levels)} levels, expected at most {MOST_LEVELS}",
            Remedy("drop", str(cells.name), "of too many levels"),
        )
    return tuple(sorted(levels.values(), key=lambda level: (isinstance(level, str), level)))


def level_indices(cells: pd.Series, levels: tuple[Level, ...]) -> Array:
    """Return the index in `levels` of each cell: MISSING where it is empty, UNSEEN for another level."""
    import pandas as pd

    codes, values = pd.factorize(cells)
    places = {level_key(level): i for i, level in enumerate(levels)}
    indices = [places.get(level_key(value), UNSEEN) for value in values]
    return np.asarray(np.array([*indices, MISSING], dtype=np.int64)[codes])


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

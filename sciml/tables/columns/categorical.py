"""Levels, each with a mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.errors import ArgumentError, did_you_mean
from sciml.tables.arrays import Array
from sciml.tables.columns.faults import ColumnFault, Remedy
from sciml.tables.columns.kind import Cell, Coded, ColumnKind
from sciml.tables.columns.levels import (
    MISSING,
    MOST_LEVELS,
    UNSEEN,
    Level,
    found_levels,
    level_indices,
    level_key,
)
from sciml.tables.columns.numbers import are_numbers, refuse_structures, refuse_text
from sciml.tables.discrete.masses import AbstractMass, Levels

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = 0.5  # texts of which more than this share are numbers were meant as numbers
LIKE_NAMES = 0.5  # texts of which more than this share are distinct look like names of the rows
FEW_LEVELS = 20  # so many different texts are levels in a table of any length


@dataclass(frozen=True)
class Categorical(ColumnKind):
    """A mass at each of the levels seen in training.

    Attributes:
        levels: What the column may hold, in order.
        ordered: Whether the order means something, as that of pandas' ordered categories.
    """

    name = form = "categorical"
    has_masses = True

    levels: tuple[Level, ...] = ()
    ordered: bool = False

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for truth values, pandas categories and texts.

        Raises:
            DataError: For texts among numbers, and texts that look like names of the rows.
        """
        import pandas as pd

        dtype = cells.dtype
        if pd.api.types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
            return cls()
        if not (pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype)):
            return None
        _refuse_what_is_no_level(cells)
        return cls()

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind with the levels that occur; DataError unless there are two, and not too many."""
        import pandas as pd

        levels, dtype = found_levels(cells), cells.dtype
        if not (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered):
            return replace(self, levels=levels)
        order = {level_key(level): i for i, level in enumerate(dtype.categories)}
        ranked = sorted(levels, key=lambda each: order[level_key(each)])
        return replace(self, levels=tuple(ranked), ordered=True)

    def encode(self, cells: pd.Series) -> Coded:
        """Return the levels' indices."""
        codes = level_indices(cells, self.levels)
        return Coded(codes == MISSING, codes != UNSEEN, code=codes)

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return the levels."""
        import pandas as pd

        whole = all(isinstance(level, str) for level in self.levels)
        cells = pd.Series(np.array(self.levels, dtype=object if whole else None)[code])
        if dtype == "category":
            return cells.astype(pd.CategoricalDtype(list(self.levels), ordered=self.ordered))
        try:
            return cells.astype(dtype)
        except (TypeError, ValueError, OverflowError):
            return cells

    @property
    def levels_count(self) -> int:
        """How many levels there are."""
        return len(self.levels)

    def masses(self, codes: Array) -> list[AbstractMass]:
        """Return the masses of the levels."""
        return [Levels(len(self.levels))]

    @property
    def context_size(self) -> int:
        """One number a level."""
        return len(self.levels)

    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return 1 for the cell's level and 0 for the others."""
        assert coded.code is not None
        return np.asarray(coded.code[:, None] == np.arange(len(self.levels)), dtype=float)

    def parse(self, text: str, column: str) -> Cell:
        """Return the level that reads like the text."""
        levels = {str(level): level for level in self.levels}
        if text not in levels:
            raise ArgumentError(
                f"given: column {column!r} has no level {text!r}; {did_you_mean(text, levels)}"
            )
        return levels[text]

    def values(self) -> dict[str, Any]:
        """Return the levels."""
        return {"levels": list(self.levels), **({"ordered": True} if self.ordered else {})}

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind; ValueError for levels that are none, or too many."""
        kind = cls(**{**values, "levels": tuple(values.get("levels", ()))})
        if not 0 < len(kind.levels) <= MOST_LEVELS:
            raise ValueError(f"{len(kind.levels)} levels, expected 1 to {MOST_LEVELS}")
        if not isinstance(kind.ordered, bool):
            raise ValueError(f"ordered is {kind.ordered!r}")
        if not all(isinstance(level, str | bool | int | float) for level in kind.levels):
            raise ValueError("levels are texts, numbers or truth values")
        return kind


def _refuse_what_is_no_level(cells: pd.Series) -> None:
    """Refuse texts among numbers, and texts that look like names of the rows."""
    refuse_structures(cells)
    filled = cells.dropna()
    numeric = are_numbers(filled)
    if numeric.any() and numeric.mean() > NUMBERS and not numeric.all():
        refuse_text(cells)
    distinct = filled.nunique()
    if distinct > max(FEW_LEVELS, LIKE_NAMES * len(filled)):
        raise ColumnFault(
            f"column {cells.name!r} has {distinct} different texts in {len(filled)} rows, like names of the"
            f" rows: drop it, or declare {cells.name}=categorical",
            Remedy("drop", str(cells.name), "like names of the rows"),
        )

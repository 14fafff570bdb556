"""Numbers with a density on the whole line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.numbers import numbers
from sciml.tables.columns.numeric import NumericKind

if TYPE_CHECKING:
    import pandas as pd

SKEWED = 20.0  # largest value over median, from which a logarithm is suggested


@dataclass(frozen=True)
class Real(NumericKind):
    """A density on the whole line."""

    name = form = "real"
    has_density = True

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for floating-point types, the values whole numbers or not."""
        from pandas.api.types import is_float_dtype

        return cls() if is_float_dtype(cells.dtype) else None

    def supported(self, x: Array) -> Array:
        """Return which numbers are finite."""
        return np.isfinite(x)

    def expected(self, column: str) -> str:
        """Say that any finite number will do."""
        return "finite numbers"

    def remark(self, cells: pd.Series) -> str:
        """Return what suggests an integer or a positive column."""
        x = numbers(cells)
        x = x[np.isfinite(x)]
        distinct = len(np.unique(x))
        if len(x) and (np.floor(x) == x).all() and 2 * distinct <= len(x):
            return (
                f"column {cells.name!r} holds only whole numbers, {distinct} different ones in {len(x)} rows:"
                f" taken as real; declare {cells.name}=integer if it counts something"
            )
        if len(x) and x.min() > 0 and x.max() > SKEWED * np.median(x):
            return (
                f"column {cells.name!r} is above 0 and skewed:"
                f" declare {cells.name}=positive if it can never be 0 or less"
            )
        return ""

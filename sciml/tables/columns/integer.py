"""Whole numbers, each with a mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.kind import Cell
from sciml.tables.columns.numbers import numbers, typed
from sciml.tables.columns.numeric import NumericKind
from sciml.tables.discrete.masses import LARGEST_INTEGER, AbstractMass
from sciml.tables.discrete.whole_numbers import whole_number_masses

if TYPE_CHECKING:
    import pandas as pd

LOW, FEW = 1, 10  # a column of least number up to LOW, and largest from FEW on, may be one of counts


@dataclass(frozen=True)
class Integer(NumericKind):
    """A mass at each whole number."""

    name = form = "integer"
    has_masses = True

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for types of integers."""
        from pandas.api.types import is_integer_dtype

        return cls() if is_integer_dtype(cells.dtype) else None

    def supported(self, x: Array) -> Array:
        """Return which numbers are whole, and small enough that doubles tell them apart."""
        return np.asarray((np.abs(x) <= LARGEST_INTEGER) & (np.floor(x) == x))

    def expected(self, column: str) -> str:
        """Name the limit, and the other kind."""
        return f"whole numbers up to 2^53, or {column}=real"

    def codes(self, x: Array) -> Array:
        """Return the numbers as integers."""
        return x.astype(np.int64)

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return the whole numbers."""
        assert code is not None  # a kind with masses has codes
        return typed(code, dtype)

    def masses(self, codes: Array) -> list[AbstractMass]:
        """Return families of whole numbers: of counts where none was below 0."""
        return whole_number_masses(codes)

    def remark(self, cells: pd.Series) -> str:
        """Return what suggests a count."""
        x = numbers(cells)
        x = x[np.isfinite(x)]
        if not len(x) or x.min() < 0 or x.min() > LOW or x.max() < FEW:
            return ""
        return f"column {cells.name!r} has no number below 0: declare {cells.name}=count if there can be none"

    def parse(self, text: str, column: str) -> Cell:
        """Return the number, as an integer where it is whole."""
        value = super().parse(text, column)
        assert isinstance(value, float)
        return int(value) if value.is_integer() else value

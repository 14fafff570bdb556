"""What kinds of numbers have in common: reading, the support, the context, texts of the command line."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array, compressed
from sciml.tables.columns.degenerate import refuse_point_masses
from sciml.tables.columns.faults import ColumnFault
from sciml.tables.columns.frames import gaps
from sciml.tables.columns.kind import Cell, Coded, ColumnKind
from sciml.tables.columns.numbers import numbers, typed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class NumericKind(ColumnKind):
    """A kind whose cells are numbers.

    Its density, where it has one, is that of y = `unbounded(x)`.
    """

    context_size: ClassVar[int] = 1

    @abstractmethod
    def supported(self, x: Array) -> Array:
        """Return which numbers lie within the support."""

    @abstractmethod
    def expected(self, column: str) -> str:
        """Say what a column of that name may hold."""

    def unbounded(self, x: Array) -> tuple[Array, Array]:
        """Return y on the whole line and log dy/dx, (n,) each, for x within the support; NaN stays."""
        return x, np.zeros_like(x)

    def bounded_again(self, y: Array) -> Array:
        """Return x, strictly within the support however far out `y` is."""
        return y

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind itself, once the cells are known to suit it."""
        x = numbers(cells.where(~gaps(cells.to_frame())[:, 0]))
        wrong = ~np.isnan(x) & ~self.supported(x)
        if wrong.any():
            row, name = int(np.flatnonzero(wrong)[0]), str(cells.name)
            raise ColumnFault(
                f"column {name!r} has {x[row]:g} in row {row} (counting from 0; {int(wrong.sum())} such"
                f" cells), expected {self.expected(name)}: correct it, or declare another kind"
            )
        refuse_point_masses(str(cells.name), x, numeric=self.has_density)
        return self

    def encode(self, cells: pd.Series) -> Coded:
        """Return the numbers without bounds and, of a kind with masses, as they are."""
        x = numbers(cells)
        missing = ~np.isfinite(x)
        inside = missing | self.supported(x)
        there = inside & ~missing
        y, log_det = np.zeros_like(x), np.zeros_like(x)
        y[there], log_det[there] = self.unbounded(x[there])
        y[missing] = np.nan
        return Coded(missing, inside, y, log_det, self.codes(np.where(there, x, 0.0)))

    def codes(self, x: Array) -> Array | None:
        """Return what has masses, of numbers within the support; None for a kind without."""
        return None

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return the numbers within their bounds."""
        assert number is not None  # a kind with a density has numbers
        return typed(self.bounded_again(number), dtype)

    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return the number standardised, compressed far out."""
        assert coded.number is not None
        with np.errstate(over="ignore"):
            z = (coded.number - center) / scale
        return compressed(np.where(np.isnan(z), 0.0, z))[:, None]

    def parse(self, text: str, column: str) -> Cell:
        """Return the number."""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise ArgumentError(f"given: column {column!r} got {text!r}, expected a finite number")
        return value

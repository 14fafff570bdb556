"""Whole numbers that count something: none is below 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sciml.tables.arrays import Array
from sciml.tables.columns.integer import Integer
from sciml.tables.discrete.masses import AbstractMass
from sciml.tables.discrete.whole_numbers import whole_number_masses

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Count(Integer):
    """A mass at each whole number from 0."""

    name = form = "count"

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return None: that none below 0 was seen does not make one impossible."""
        return None

    def supported(self, x: Array) -> Array:
        """Return which numbers are whole and not below 0."""
        return super().supported(x) & (x >= 0)

    def expected(self, column: str) -> str:
        """Name the bound, and the other kind."""
        return f"whole numbers from 0, or {column}=integer"

    def masses(self, codes: Array) -> list[AbstractMass]:
        """Return families of counts."""
        return whole_number_masses(codes, floor=True)

    def remark(self, cells: pd.Series) -> str:
        """Return nothing: it was declared."""
        return ""

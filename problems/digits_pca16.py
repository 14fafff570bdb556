"""Handwritten digits by their principal components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class DigitsPca16(TableProblem):
    """The density of 1,797 digits by 16 principal components, beside what is simpler."""

    def frame(self) -> DataFrame:
        """Return the table."""
        from sciml.tables.files.bundled import digits_pca16

        return digits_pca16()

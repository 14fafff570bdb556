"""Measures of cell nuclei of breast tumours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class BreastCancer(TableProblem):
    """The density of 30 measures of cell nuclei of 569 breast tumours, beside what is simpler."""

    def frame(self) -> DataFrame:
        """Return the table."""
        from sciml.tables.files.bundled import breast_cancer

        return breast_cancer()

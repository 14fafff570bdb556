"""Measures of diabetes patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Diabetes(TableProblem):
    """The density of 9 measures of 442 patients (all but the sex), beside what is simpler."""

    def frame(self) -> DataFrame:
        """Return the table."""
        from sciml.tables.files.bundled import diabetes

        return diabetes()

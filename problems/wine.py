"""Chemical analyses of wines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sciml.contracts.parameters import parameter
from sciml.tables.problem import TableProblem

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Wine(TableProblem):
    """The density of 13 chemical measures of 178 wines, beside what is simpler."""

    ensemble: int = parameter(4, "flows of each kind to average", low=1, high=100)

    def frame(self) -> DataFrame:
        """Return the table."""
        from sciml.tables.files.bundled import wine

        return wine()

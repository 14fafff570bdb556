"""Numbers above 0, by their logarithm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.numeric import NumericKind

if TYPE_CHECKING:
    import pandas as pd

SAVED = {"low": 0.0}  # the bound, as `model.json` states it

ORDERS = 3.0  # of magnitude that a column above 0 spans, whose logarithm is then its number
LEAST_ROWS = 20  # by which that is seen


@dataclass(frozen=True)
class Positive(NumericKind):
    """A density above 0: that of y = log x."""

    name = form = "positive"
    has_density = True

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for reals above 0 over three orders of magnitude, evener in their logarithm."""
        from pandas.api.types import is_float_dtype

        if not is_float_dtype(cells.dtype):
            return None
        x = cells.to_numpy(dtype=float, na_value=np.nan)
        x = x[np.isfinite(x)]
        if len(x) < LEAST_ROWS or not x.min() > 0 or np.log10(x.max()) - np.log10(x.min()) < ORDERS:
            return None
        return cls() if _lean(np.log(x)) < _lean(x / x.max()) else None

    def supported(self, x: Array) -> Array:
        """Return which numbers are finite and above 0."""
        return np.isfinite(x) & (x > 0)

    def expected(self, column: str) -> str:
        """Say that numbers lie above 0."""
        return "numbers above 0"

    def unbounded(self, x: Array) -> tuple[Array, Array]:
        """Return log x and log dy/dx = −log x."""
        y = np.log(x)
        return y, -y

    def bounded_again(self, y: Array) -> Array:
        """Return exp y, neither 0 nor infinite."""
        limits = np.finfo(float)
        with np.errstate(over="ignore"):
            return np.asarray(np.clip(np.exp(y), limits.tiny, limits.max))

    def remark(self, cells: pd.Series) -> str:
        """Say that it was found, over how many orders of magnitude."""
        x = cells.to_numpy(dtype=float, na_value=np.nan)
        x = x[np.isfinite(x)]
        orders = np.log10(x.max()) - np.log10(x.min())
        if orders < ORDERS:
            return ""
        return (
            f"column {cells.name!r} is above 0 over {orders:.1f} orders of magnitude: taken as positive, by"
            f" its logarithm (declare {cells.name}=positive to say so, {cells.name}=real if it can be 0)"
        )

    def values(self) -> dict[str, Any]:
        """Return the bound."""
        return dict(SAVED)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind; ValueError for another bound than 0."""
        if values != SAVED:
            raise ValueError(f"a positive column has {dict(values)}, expected {SAVED}")
        return cls()


def _lean(x: Array) -> float:
    """Return by how much the mean is off the median, in deviations."""
    return float(abs(x.mean() - np.median(x)) / (x.std() or 1.0))

"""Numbers that come round again: hours of the day, directions, months."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.numbers import numbers
from sciml.tables.columns.numeric import NumericKind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Circular(NumericKind):
    """A density on [0, period), where both ends are one point.

    The circle is cut in the middle of its widest gap between training values, and its density is that of the
    logit of what is then an interval: it may jump at the cut alone, where there are no rows.

    Attributes:
        period: After which the numbers come round.
        cut: Where the circle is cut.
    """

    name = "circular"
    form = "circular(period)"
    has_density = True

    period: float
    cut: float = 0.0

    def __post_init__(self) -> None:
        numbers_ = (self.period, self.cut)
        if not all(isinstance(x, int | float) and math.isfinite(x) for x in numbers_) or self.period <= 0:
            raise ValueError(f"period {self.period} or cut {self.cut} is no finite number, or not above 0")

    @classmethod
    def declared(cls, parameters: Sequence[str], column: str) -> Self:
        """Return the kind with its period."""
        try:
            (period,) = (float(part) for part in parameters)
            return cls(period)
        except ValueError:
            raise ArgumentError(
                f"column {column!r}: circular needs its period, as in circular(24) or circular:360;"
                f" got {':'.join(parameters) or 'none'}"
            ) from None

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind, cut in the widest gap."""
        kind = super().fit(cells)
        x = numbers(cells)
        around = np.unique(np.mod(x[np.isfinite(x)], self.period))
        gaps = np.diff(np.append(around, around[0] + self.period))
        widest = int(gaps.argmax())
        return replace(kind, cut=float(np.mod(around[widest] + gaps[widest] / 2, self.period)))

    @property
    def _interval(self) -> Bounded:
        margin = 1e-9 * self.period
        return Bounded(-margin, self.period + margin)

    def supported(self, x: Array) -> Array:
        """Return which numbers lie on the circle, its end included."""
        return np.isfinite(x) & (x >= 0) & (x <= self.period)

    def expected(self, column: str) -> str:
        """Name the period."""
        return f"numbers from 0 to {self.period:g}"

    def unbounded(self, x: Array) -> tuple[Array, Array]:
        """Return the logit of the distance from the cut, and log dy/dx."""
        return self._interval.unbounded(np.mod(x - self.cut, self.period))

    def bounded_again(self, y: Array) -> Array:
        """Return the place on the circle."""
        distance = np.clip(self._interval.bounded_again(y), 0.0, np.nextafter(self.period, 0.0))
        return np.asarray(np.mod(distance + self.cut, self.period))

"""Numbers between two bounds, by their logit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.numeric import NumericKind


@dataclass(frozen=True)
class Bounded(NumericKind):
    """A density on (low, high): that of y = log((x − low)/(high − x)).

    Attributes:
        low: Values lie above it.
        high: Values lie below it.
    """

    name = "bounded"
    form = "bounded(low,high)"
    has_density = True

    low: float
    high: float

    def __post_init__(self) -> None:
        bounds = (self.low, self.high)
        if not all(isinstance(bound, int | float) and math.isfinite(bound) for bound in bounds):
            raise ValueError(f"bounds {bounds} are not finite numbers")
        if not self.low < self.high:
            raise ValueError(f"bounds {bounds} do not increase")

    @classmethod
    def declared(cls, parameters: Sequence[str], column: str) -> Self:
        """Return the kind with the two bounds."""
        try:
            low, high = (float(part) for part in parameters)
            return cls(low, high)
        except ValueError:
            raise ArgumentError(
                f"column {column!r}: bounded needs two finite numbers, the lower first,"
                f" as in bounded(0,1) or bounded:0:1; got {':'.join(parameters) or 'none'}"
            ) from None

    def supported(self, x: Array) -> Array:
        """Return which numbers lie between the bounds."""
        return np.isfinite(x) & (x > self.low) & (x < self.high)

    def expected(self, column: str) -> str:
        """Name the bounds."""
        return f"numbers within ({self.low:g}, {self.high:g})"

    def unbounded(self, x: Array) -> tuple[Array, Array]:
        """Return the logit y and log dy/dx = log((high − low)/((x − low)(high − x)))."""
        below, above = np.log(x - self.low), np.log(self.high - x)
        width = np.log(self.high - self.low)
        return below - above, width - below - above

    def bounded_again(self, y: Array) -> Array:
        """Return the logistic function of y, computed from the nearer bound."""
        low, high = self.low, self.high
        x = np.where(y < 0, low + (high - low) * expit(y), high - (high - low) * expit(-y))
        return np.asarray(np.clip(x, np.nextafter(low, high), np.nextafter(high, low)))

"""Numbers above 0, by their logarithm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.numeric import NumericKind

SAVED = {"low": 0.0}  # the bound, as `model.json` states it


@dataclass(frozen=True)
class Positive(NumericKind):
    """A density above 0: that of y = log x."""

    name = form = "positive"
    has_density = True

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

    def values(self) -> dict[str, Any]:
        """Return the bound."""
        return dict(SAVED)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind; ValueError for another bound than 0."""
        if values != SAVED:
            raise ValueError(f"a positive column has {dict(values)}, expected {SAVED}")
        return cls()

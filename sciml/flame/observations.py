"""Measured fields of a flame: values at points, with the standard deviation of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sciml.errors import DataError
from sciml.numerics.domains import Array

FIELDS: Mapping[str, str] = {"T": "K", "u": "m/s"}
FEWEST = 3  # points; fewer do not show the shape of a flame


@dataclass(frozen=True, eq=False)
class Observations:
    """Values of fields at points, all in SI units.

    Attributes:
        x: Positions [m] from the plane where T is T_in, shape (n,).
        values: T [K] and u [m/s], or one of them, at `x`, each of shape (n,).
        sigma: Standard deviation of each value, in the same units and shapes.
    """

    x: Array
    values: Mapping[str, Array]
    sigma: Mapping[str, Array]

    def __post_init__(self) -> None:
        unknown = [name for name in self.values if name not in FIELDS]
        if unknown or not self.values:
            raise DataError(f"observations: got fields {list(self.values)}, expected T, u or both")
        if set(self.sigma) != set(self.values):
            raise DataError(f"sigma: got {list(self.sigma)}, expected those of {list(self.values)}")
        _check_column("x", self.x, len(self.x), low=0.0)
        for name in self.values:
            _check_column(name, self.values[name], len(self.x))
            _check_column(f"sigma_{name}", self.sigma[name], len(self.x), above=0.0)

    def __len__(self) -> int:
        return len(self.x)


def _check_column(
    name: str, values: Array, count: int, low: float = -math.inf, above: float = -math.inf
) -> None:
    """Raise unless `values` are `count` finite numbers in range."""
    if not isinstance(values, np.ndarray) or values.shape != (count,):
        raise DataError(f"{name}: got shape {np.shape(values)}, expected ({count},)")
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= low) & (values > above)))
    if len(wrong):
        got = f"got {values[wrong[0]]} in row {wrong[0]}"
        raise DataError(f"{name}: {got}, {len(wrong)} of {count} are out of range")

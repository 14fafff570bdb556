"""A function by its values at points: straight lines or splines between, jumps where a point stands twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from sciml.numerics.domains import Array

METHODS = ("linear", "spline")
FEWEST = 4  # points of a piece through which a cubic spline goes; fewer are joined by lines


@dataclass(frozen=True, eq=False)
class Interpolated:
    """Values at ascending points `x` (n,), of which one may stand twice: left and right of a jump."""

    x: Array
    values: Array
    method: str

    @cached_property
    def jumps(self) -> Array:
        """Where a point stands twice."""
        return np.asarray(self.x[:-1][np.diff(self.x) == 0])

    @cached_property
    def _pieces(self) -> tuple[Any, ...]:
        cuts = [0, *(np.flatnonzero(np.diff(self.x) == 0) + 1).tolist(), len(self.x)]
        return tuple(self._piece(slice(a, b)) for a, b in pairwise(cuts))

    def _piece(self, own: slice) -> Any:  # noqa: ANN401
        x, values = self.x[own], self.values[own]
        if self.method == "spline" and len(x) >= FEWEST:
            return CubicSpline(x, values)
        return lambda at: np.interp(at, x, values)

    def __call__(self, x: Array) -> Array:
        """Return the values between the first and the last point."""
        owner = np.searchsorted(self.jumps, x, side="right")
        result = np.empty(len(x))
        for k in np.unique(owner):
            result[owner == k] = self._pieces[k](x[owner == k])
        return result

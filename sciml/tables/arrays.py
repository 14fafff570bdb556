"""Arrays of numbers of any type, their middle and spread."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

MIDDLE_TWO_THIRDS = (0.16, 0.5, 0.84)  # of a normal density: mean minus, at, and plus one deviation
CORE = 8.0  # a given number is linear within this many spreads of its median, logarithmic further out


def robust_scale(x: Array) -> tuple[Array, Array]:
    """Return the median and half the width of the middle two thirds of each column, NaN left out.

    Of x (n, …) both are (…); the width is 0 where two thirds of the cells are equal.

    >>> center, spread = robust_scale(np.array([0.0, 1.0, 2.0, 3.0, 4.0, np.nan]))
    >>> float(center), round(float(spread), 2)
    (2.0, 1.36)
    """
    low, center, high = np.nanquantile(x, MIDDLE_TWO_THIRDS, axis=0)
    return center, 0.5 * high - 0.5 * low


def compressed(z: Array) -> Array:
    """Return z within ±CORE, growing like log |z| outside with slope 1 at the joint: finite, increasing."""
    far = np.minimum(np.abs(z), np.finfo(float).max)
    return np.sign(z) * np.where(far <= CORE, far, CORE + np.log1p(np.maximum(far - CORE, 0.0)))

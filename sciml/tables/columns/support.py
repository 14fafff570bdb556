"""Positive and bounded columns as numbers without bounds, and back."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from sciml.tables.columns.column import Array, Column


def unbounded(x: Array, column: Column) -> tuple[Array, Array]:
    """Return y and log dy/dx: y = log x (positive), log((x - low)/(high - x)) (bounded), else x; NaN stays.

    `x` lies within the column's support.
    """
    if column.kind == "positive":
        y = np.log(x)
        return y, -y
    if column.kind == "bounded":
        low, high = column.bounds
        below, above = np.log(x - low), np.log(high - x)
        width = np.log(high - low)
        return below - above, width - below - above
    return x, np.zeros_like(x)


def bounded_again(y: Array, column: Column) -> Array:
    """Return x, strictly within the column's support however far out `y` is."""
    if column.kind == "positive":
        tiny, largest = np.finfo(float).tiny, np.finfo(float).max
        with np.errstate(over="ignore"):
            return np.clip(np.exp(y), tiny, largest)
    if column.kind == "bounded":
        low, high = column.bounds
        x = np.where(y < 0, low + (high - low) * expit(y), high - (high - low) * expit(-y))
        return np.clip(x, np.nextafter(low, high), np.nextafter(high, low))
    return y

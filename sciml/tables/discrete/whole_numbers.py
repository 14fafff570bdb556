"""Families of masses to try on a column of whole numbers, from its training values."""

from __future__ import annotations

import numpy as np

from sciml.tables.arrays import Array, robust_scale
from sciml.tables.discrete.counts import Logistics, NegativeBinomial, Tail
from sciml.tables.discrete.masses import AbstractMass, Points

COMPONENTS = 5  # of a mixture of logistic densities
LEAST_SPREAD = 0.5  # of whole numbers: half a cell
LEAST_LOG_SPREAD = 0.05  # of their logarithms
LARGEST_COUNT = 1e6  # up to which a negative binomial's gamma functions keep their digits
MOST_POINTS = 512  # different integers that may each have a mass of their own


def spread_of(values: Array) -> tuple[float, float]:
    """Return the median and half the width of the middle two thirds, at least ½, of whole numbers."""
    center, spread = robust_scale(values)
    return float(center), max(float(spread), LEAST_SPREAD)


def whole_number_masses(values: Array, floor: bool | None = None) -> list[AbstractMass]:
    """Return the families that can hold training values, (n,).

    Args:
        values: Whole numbers.
        floor: Whether there are none below 0; None if only the values say so: others stay possible.
    """
    counts = bool(values.min() >= 0) if floor is None else floor
    center, scale = spread_of(values)
    masses: list[AbstractMass] = [Logistics(COMPONENTS, center, scale, floor=counts)]
    if counts and values.max() <= LARGEST_COUNT:
        masses.append(NegativeBinomial())
    if counts:
        logs = np.log(np.maximum(values, 0.5))
        middle, spread = float(np.median(logs)), max(float(logs.std()), LEAST_LOG_SPREAD)
        masses.append(Logistics(COMPONENTS, middle, spread, logarithmic=True, floor=True))
    support = np.unique(values).astype(np.int64)
    if len(support) <= MOST_POINTS:
        masses.append(Points(tuple(support.tolist())))
    return [*masses, Tail(center, scale, floor=bool(floor))]

"""Error bands that hold for whole functions: split-conformal, from samples that were kept back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sciml.arguments import check_number
from sciml.numerics.domains import Array

LEVEL = 0.9  # of the functions lie within, unless asked otherwise
REGIONS = 8  # parts of a line, or slabs of a plane along x, that have a width of their own


@dataclass(frozen=True)
class Bands:
    r"""Half-widths w such that $|u(x)-\hat u(x)|\le w$ for all x of a new function, with probability `level`.

    For samples drawn as those kept back were, and whatever the model: of N of them the width is the
    ⌈(N + 1) level⌉-th smallest of the largest residuals. It is no statement about a single point, nor about
    inputs of another law.

    References:
        V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, Springer (2005).

    Attributes:
        level: The probability.
        whole: Half-widths of each channel for the whole function, (c,).
        regions: The same for each part of the domain by itself, (parts, c).
        samples: Of the calibration.
    """

    level: float
    whole: Array
    regions: Array
    samples: int

    @classmethod
    def calibrated(cls, residuals: Array, level: float = LEVEL) -> Self | None:
        """Return the bands of residuals (N, n, c), the points in order; None where N is too small."""
        check_number("level", level, above=0.0, high=1.0)
        count = len(residuals)
        rank = math.ceil((count + 1) * level)
        if rank > count:
            return None
        sizes = np.abs(residuals)
        parts = np.array_split(sizes, min(REGIONS, sizes.shape[1]), axis=1)
        regions = np.stack([_ranked(part.max(1), rank) for part in parts])
        return cls(level, _ranked(sizes.max(1), rank), regions, count)

    @property
    def values(self) -> dict[str, Any]:
        """Plain values."""
        whole, regions = self.whole.tolist(), self.regions.tolist()
        return {"level": self.level, "samples": self.samples, "whole": whole, "regions": regions}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Return the bands with these values."""
        whole, regions = (np.array(values[name], dtype=float) for name in ("whole", "regions"))
        return cls(float(values["level"]), whole, regions, int(values["samples"]))

    def at(self, points: int) -> Array:
        """Return the half-width of the region that each of so many points lies in, (n, c)."""
        sizes = [len(part) for part in np.array_split(np.arange(points), len(self.regions))]
        widths: Array = np.repeat(self.regions, sizes, axis=0)
        return widths

    def cover(self, residuals: Array) -> NDArray[np.bool_]:
        """Return which functions lie within the band everywhere, (N, c)."""
        return np.asarray((np.abs(residuals) <= self.whole).all(axis=1))


def _ranked(sizes: Array, rank: int) -> Array:
    """Return the rank-th smallest of each column."""
    found: Array = np.sort(sizes, axis=0)[rank - 1]
    return found

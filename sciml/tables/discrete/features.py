"""Discrete columns and context as numbers that a mass may depend on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from sciml.tables.columns.column import Array, Column
from sciml.tables.columns.encode import compressed


@dataclass(frozen=True)
class Source:
    """A discrete column as features: one-hot levels, or for an integer a standardised number.

    Attributes:
        place: Of the column among the discrete ones.
        levels: How many levels; 0 for an integer.
        center: Of an integer: its median in training.
        scale: Of an integer: its spread in training, above 0.
    """

    place: int
    levels: int = 0
    center: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, column: Column, place: int, values: Array) -> Self:
        """Return the features of `column`, standardised by its training `values`."""
        if column.categorical:
            return cls(place, levels=len(column.levels))
        center, scale = spread_of(values)
        return cls(place, center=center, scale=scale)

    @property
    def size(self) -> int:
        """How many numbers."""
        return self.levels or 1

    def __call__(self, discrete: Array) -> Array:
        """Return the features, (n, size), of the discrete columns (n, k)."""
        values = discrete[:, self.place]
        if self.levels:
            return (values[:, None] == np.arange(self.levels)).astype(float)
        return compressed((values - self.center) / self.scale)[:, None]


def spread_of(values: Array) -> tuple[float, float]:
    """Return the median and half the width of the middle two thirds, at least ½, of whole numbers."""
    low, center, high = np.quantile(values, (0.16, 0.5, 0.84))
    return float(center), max(float(0.5 * high - 0.5 * low), 0.5)


def features(sources: tuple[Source, ...], discrete: Array, context: Array) -> Array:
    """Return the context and the features of the `sources`, side by side: (n, c + Σ size)."""
    return np.concatenate([context, *(source(discrete) for source in sources)], axis=1)


def source_values(source: Source) -> dict[str, Any]:
    """Return a source as plain values."""
    return asdict(source)

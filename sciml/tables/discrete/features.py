"""Discrete columns and context as numbers that a mass may depend on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from sciml.tables.arrays import Array, compressed
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.discrete.whole_numbers import spread_of


@dataclass(frozen=True)
class DiscreteFeature:
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
    def of(cls, kind: ColumnKind, place: int, codes: Array) -> Self:
        """Return the features of a column of this kind, standardised by its training codes."""
        if kind.levels_count:
            return cls(place, levels=kind.levels_count)
        center, scale = spread_of(codes)
        return cls(place, center=center, scale=scale)

    @property
    def size(self) -> int:
        """How many numbers."""
        return self.levels or 1

    def __call__(self, discrete: Array) -> Array:
        """Return the features, (n, size), of the discrete columns (n, k)."""
        values = discrete[:, self.place]
        if self.levels:
            return np.asarray(values[:, None] == np.arange(self.levels), dtype=float)
        return compressed((values - self.center) / self.scale)[:, None]


def features(sources: tuple[DiscreteFeature, ...], discrete: Array, context: Array) -> Array:
    """Return the context and the features of the `sources`, side by side: (n, c + Σ size)."""
    return np.concatenate([context, *(source(discrete) for source in sources)], axis=1)


def source_values(source: DiscreteFeature) -> dict[str, Any]:
    """Return a source as plain values."""
    return asdict(source)

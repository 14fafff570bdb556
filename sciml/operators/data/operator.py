"""What every operator with a known solution offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sciml.contracts.parameters import check_parameters
from sciml.numerics.domains import Array
from sciml.operators.data.series import Series, grid

CHECKED = 8  # samples, and
CHECKED_ON = 64  # points, on which an operator's own error is estimated


@dataclass(frozen=True)
class AbstractOperator(ABC):
    """A map from functions on (0, 1) to functions on (0, 1); its fields are its parameters."""

    name: ClassVar[str]
    equation: ClassVar[str]
    boundary: ClassVar[str] = "periodic"

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    @abstractmethod
    def method(self) -> str:
        """How the outputs are computed."""

    @abstractmethod
    def on_grid(self, inputs: Series, n: int) -> Array:
        """Return the outputs on the grid of n points, of shape (N, n)."""

    @abstractmethod
    def at(self, inputs: Series, points: Array) -> Array:
        """Return the outputs at any points (m,), of shape (N, m)."""

    @abstractmethod
    def refined(self, inputs: Series, points: Array) -> Array:
        """Return the outputs at the points, computed in another way with more nodes and more digits."""

    def error(self, inputs: Series) -> float:
        """Return the largest relative L2 difference from the refined outputs over the first inputs."""
        few = inputs.first(CHECKED)
        return _largest(self.on_grid(few, CHECKED_ON), self.refined(few, grid(CHECKED_ON, few.multiple)))

    def cut_error(self, inputs: Series, modes: int) -> float:
        """Return how far the outputs are from those of the inputs cut off above `modes`, the largest.

        A grid of 2 modes + 1 points holds no more of the inputs; the outputs are of the whole.
        """
        few = inputs.first(CHECKED)
        return _largest(self.on_grid(few.band(modes), CHECKED_ON), self.on_grid(few, CHECKED_ON))


def _largest(ours: Array, known: Array) -> float:
    """Return the largest relative L2 difference of functions (N, n)."""
    size = np.linalg.norm(known.astype(np.float64), axis=1)
    difference = np.linalg.norm((ours - known).astype(np.float64), axis=1)
    return float((difference / np.where(size > 0, size, 1.0)).max())

"""What functions live on: a line or a plane; what differs between them in training, saving and predicting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from sciml.operators.frames.augment import Augmented, Symmetries
from sciml.operators.input_range import MODES, InputRange
from sciml.operators.losses import RelativeH1
from sciml.operators.models.field import Field
from sciml.operators.plane.grid import PlaneGrid, even_grid
from sciml.operators.plane.input_range import PlaneRange
from sciml.operators.plane.losses import PlaneH1
from sciml.operators.plane.symmetries import PlaneRows
from sciml.training.rows import Batch, Rows

Loss = Callable[[Tensor, Tensor], Tensor]


class Space(ABC):
    """A line or a plane.

    Attributes:
        dimensions: 1 or 2.
        suffix: What is added to a model's name for its form in this space.
    """

    dimensions: ClassVar[int]
    suffix: ClassVar[str] = ""

    @abstractmethod
    def points(self, values: Tensor) -> Tensor:
        """Return the points (n, m) that functions (N, n, c) in a frame are trained on."""

    @abstractmethod
    def loss(self, gamma: float, targets: Tensor) -> Loss:
        """Return the loss of a training whose targets these are."""

    @abstractmethod
    def rows(self, data: Batch, size: int, symmetries: Symmetries) -> Rows:
        """Return batches of pairs, enlarged by the symmetries."""

    @abstractmethod
    def range(self, inner: Field) -> InputRange:
        """Return the range of inputs given in the frame."""


@dataclass(frozen=True)
class Line(Space):
    """Functions on an even grid of an interval, in a frame periodic ones on i/n."""

    dimensions: ClassVar[int] = 1

    def points(self, values: Tensor) -> Tensor:
        """Return i/n."""
        n = values.shape[1]
        return (torch.arange(n, dtype=values.dtype, device=values.device) / n)[:, None]

    def loss(self, gamma: float, targets: Tensor) -> Loss:
        """Return the relative error with derivatives in spectral form."""
        return RelativeH1.above(gamma, targets)

    def rows(self, data: Batch, size: int, symmetries: Symmetries) -> Rows:
        """Return pairs shifted and reflected."""
        return Augmented(data, size, symmetries)

    def range(self, inner: Field) -> InputRange:
        """Return the spread of the lowest Fourier modes."""
        n, channels = inner.values.shape[1:]
        return InputRange(min(MODES, (n - 1) // 2), channels).fit(inner)


@dataclass(frozen=True)
class Plane(Space):
    """Functions on an even grid of a rectangle.

    Attributes:
        shape: Points along both axes.
        periodic: Whether it is a torus, the right ends left out.
        turn: Whether the map commutes with the symmetries of the square.
    """

    dimensions: ClassVar[int] = 2
    suffix: ClassVar[str] = "-2d"
    shape: tuple[int, int]
    periodic: bool = False
    turn: bool = False

    @property
    def grid(self) -> PlaneGrid:
        """The grid of the unit square."""
        return even_grid(*self.shape, self.periodic)

    def points(self, values: Tensor) -> Tensor:
        """Return the points of the grid."""
        return self.grid.points.to(values)

    def loss(self, gamma: float, targets: Tensor) -> Loss:
        """Return the relative error with derivatives by differences."""
        return PlaneH1.above(self.grid, gamma, targets)

    def rows(self, data: Batch, size: int, symmetries: Symmetries) -> Rows:
        """Return pairs shifted on a torus, turned and mirrored."""
        return PlaneRows(data, size, self.shape, symmetries.shift, self.turn)

    def range(self, inner: Field) -> InputRange:
        """Return the spread of the lowest modes."""
        return PlaneRange(inner.values.shape[2], self.periodic).fit(inner)

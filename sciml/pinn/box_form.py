"""Residual forms in several coordinates: on a box, with the derivatives that the equation takes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from torch import Tensor

from sciml.arguments import refusal
from sciml.errors import ArgumentError
from sciml.numerics.boxes import Box
from sciml.numerics.derivatives import Jet, coordinates
from sciml.numerics.directions import Directions
from sciml.numerics.domains import Quadrature
from sciml.pinn.form import AbstractForm, Inputs
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.terms import Where

FACE_POINTS = 32  # Gauss points along each axis of a face


@dataclass(frozen=True)
class BoxInputs:
    """Every coordinate of a box, from −1 to 1."""

    box: Box

    @property
    def count(self) -> int:
        """Number of inputs."""
        return self.box.dimension

    def __call__(self, x: Jet) -> Jet:
        """Return (x − centre) / half at points (n, d)."""
        like = x.value.new_tensor
        return (x - like(self.box.centre)) * like(1 / self.box.halves)


class BoxForm(AbstractForm):
    """A differential equation on a box; a subclass says which derivatives its rows take."""

    @property
    @abstractmethod
    def domain(self) -> Box:
        """The box, its coordinates named."""

    @property
    @abstractmethod
    def directions(self) -> Directions:
        """The derivatives that jets carry."""

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return a product of Gauss rules."""
        return self.domain.quadrature(recipe.points if finer == 1 else finer * recipe.points)

    def place(self, where: Where, finer: int = 1) -> Quadrature:
        """Return Gauss points on a face."""
        if not isinstance(where, str):
            raise ArgumentError(refusal("where", where, "'interior' or a face such as 't=0' or 'boundary'"))
        return self.domain.face(where, finer * FACE_POINTS)

    def position(self, x: Tensor) -> Jet:
        """Return the position as a jet of (n, d); points of one coordinate may be (n,)."""
        points = x[:, None] if x.ndim == 1 else x
        if points.shape[1] != self.domain.dimension:
            expected = f"(n, {self.domain.dimension}), columns {', '.join(self.domain.axes)}"
            raise ArgumentError(refusal("x", tuple(x.shape), f"points of shape {expected}"))
        return coordinates(points, self.directions)

    def inputs(self) -> Inputs:
        """Return every coordinate from −1 to 1."""
        return BoxInputs(self.domain)

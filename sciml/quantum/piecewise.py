"""Piecewise-constant wells, whose energies are roots of a transcendental equation."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property

import numpy as np

from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.references import transfer_matrix
from sciml.quantum.well import Well


class PiecewiseWell(Well):
    """V = heights[k] between edges[k] and edges[k+1]."""

    kinetic = 1.0

    @property
    @abstractmethod
    def edges(self) -> tuple[float, ...]:
        """The ends of the box and the jumps between them, ascending."""

    @property
    @abstractmethod
    def heights(self) -> tuple[float, ...]:
        """The potential in each region."""

    @cached_property
    def interval(self) -> Interval:
        """The box, cut at the jumps."""
        return Interval(self.edges[0], self.edges[-1], self.edges[1:-1])

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""
        return np.asarray(self.heights)[np.searchsorted(self.edges[1:-1], x, side="right")]

    def reference(self) -> Reference:
        """Return the roots of the transfer condition, ψ(right end; E) = 0, bracketed by node count."""
        pairs = transfer_matrix(self.edges, self.heights, self.states, self.kinetic)
        return reference_from(pairs, self, kind="analytic")


class SymmetricWell(PiecewiseWell):
    """Two equal outer regions around a middle one |x| < half_width, in the box [-box, box]."""

    half_width: float
    box: float

    def __post_init__(self) -> None:
        super().__post_init__()
        check_below("half_width", self.half_width, "box", self.box)

    @property
    def edges(self) -> tuple[float, ...]:
        """The box and the sides of the middle region."""
        return (-self.box, -self.half_width, self.half_width, self.box)


def check_below(name: str, value: float, limit: str, bound: float) -> None:
    """Raise unless one length is smaller than another."""
    if not value < bound:
        raise ArgumentError(f"parameter {name!r}: got {value!r}, expected less than {limit} = {bound!r}")

"""A well whose potential, and mass where it depends on position, are given at points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.coordinate import Coordinate
from sciml.quantum.equation import PROBES
from sciml.quantum.look import SECOND, take_look
from sciml.quantum.references.shooting import shooting
from sciml.quantum.tabulated.interpolation import METHODS, Interpolated
from sciml.quantum.tabulated.units import free_kinetic
from sciml.quantum.well import Well


@dataclass(frozen=True)
class Table:
    """Columns of a file: positions, V, masses in free electron masses or None, and units ("" for none)."""

    x: tuple[float, ...]
    potential: tuple[float, ...]
    mass: tuple[float, ...] | None = None
    length: str = ""
    energy: str = ""


@dataclass(frozen=True)
class TabulatedWell(Well):
    """V by its values at points, joined by straight lines or splines; psi = 0 at the first and last point."""

    table: Table
    states: int = parameter(1, "number of states", low=1, high=300)
    interpolation: str = parameter("linear", "between points: linear or spline")
    mass: float = parameter(1.0, "mass where the file has none, in electron masses; with units", above=0.0)
    c: float = parameter(0.5, "coefficient c where the file has no units", above=0.0)
    kinetic = None  # by the file's masses, or its units
    observed = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.interpolation not in METHODS:
            raise ArgumentError(
                f"parameter 'interpolation': got {self.interpolation!r}, expected linear or spline"
            )
        if self.table.mass is not None and self.table.length == "":
            raise ArgumentError("mass: got a column of masses without units of x and V, expected units")

    @property
    def energy_unit(self) -> str:
        """Of the file."""
        return self.table.energy

    @property
    def length_unit(self) -> str:
        """Of the file."""
        return self.table.length

    @property
    def free_kinetic(self) -> float | None:
        """ħ²/2mₑ in the units of the file; None where it has none."""
        return free_kinetic(self.table.length, self.table.energy) if self.table.length else None

    @property
    def c_of_file(self) -> float:
        """C where the file has no masses."""
        return self.c if self.free_kinetic is None else self.free_kinetic / self.mass

    @property
    def kinetic_unit(self) -> float:
        """c, or its harmonic mean."""
        return self.c_of_file if self.coordinate is None else self.coordinate.unit

    @cached_property
    def interval(self) -> Interval:
        """From the first point to the last, cut at all between."""
        x = sorted(set(self.table.x))
        return Interval(x[0], x[-1], tuple(x[1:-1]))

    @cached_property
    def _potential(self) -> Interpolated:
        return Interpolated(np.array(self.table.x), np.array(self.table.potential), self.interpolation)

    @cached_property
    def _masses(self) -> Interpolated | None:
        mass = self.table.mass
        return None if mass is None else Interpolated(np.array(self.table.x), np.array(mass), "linear")

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""
        return self._potential(x)

    def kinetic_at(self, x: Array) -> Array:
        """Return c at points inside the box."""
        if self._masses is None:
            return np.full(len(x), self.c_of_file)
        return float(self.free_kinetic or 0.0) / self._masses(x)

    @cached_property
    def coordinate(self) -> Coordinate | None:
        """The coordinate ∫m dx, where the file has masses."""
        if self._masses is None:
            return None
        size = float(self.free_kinetic or 0.0) / min(self.table.mass or (1.0,)) * self.interval.length**2
        return Coordinate(take_look(self.kinetic_at, self.interval, size, 1, PROBES))

    def reference(self) -> Reference:
        """Return the states by shooting, on elements cut at the points."""
        look = take_look(
            self.potential_energy, self.interval, self.kinetic_unit, self.states, PROBES, step=SECOND
        )
        return reference_from(shooting(self.potential_energy, look, self.states, self.kinetic_at), self)

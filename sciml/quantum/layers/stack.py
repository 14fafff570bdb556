"""An electron in a stack of layers, in nm and meV: masses and band edges of each, an electric field."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.coordinate import Coordinate
from sciml.quantum.equation import PROBES
from sciml.quantum.layers.layer import Layer
from sciml.quantum.layers.materials import HBAR2
from sciml.quantum.layers.transmission import transmission
from sciml.quantum.look import SECOND, take_look
from sciml.quantum.references import transfer_matrix
from sciml.quantum.references.shooting import shooting
from sciml.quantum.well import Well

MEV_PER_NM = 0.1  # of a field of 1 kV/cm, on one charge


class StackedWell(Well):
    """−(ħ²/2 (ψ'/m)') + (edge + eFx) ψ = Eψ on a stack of layers between hard walls, x from its left end.

    The energy zero is the lowest band edge; the field's potential is zero in the middle of the stack, and
    rises to the right where F is positive. A subclass gives `stack` and `field_kV_cm`.
    """

    observed: ClassVar[bool] = True
    kinetic = None  # one a layer
    field_kV_cm: float

    @property
    def energy_unit(self) -> str:
        """Of V and E."""
        return "meV"

    @property
    def length_unit(self) -> str:
        """Of x."""
        return "nm"

    @property
    def free_kinetic(self) -> float:
        """ħ²/2mₑ [meV nm²]."""
        return HBAR2

    @property
    @abstractmethod
    def stack(self) -> tuple[Layer, ...]:
        """The layers from left to right."""

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """The ends of the layers [nm]."""
        return (0.0, *np.cumsum([layer.nm for layer in self.stack]).tolist())

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """The band edge of each layer [meV], above the lowest."""
        least = min(layer.edge for layer in self.stack)
        return tuple(layer.edge - least for layer in self.stack)

    @cached_property
    def interval(self) -> Interval:
        """The stack, cut between its layers."""
        return Interval(self.edges[0], self.edges[-1], self.edges[1:-1])

    @property
    def slope(self) -> float:
        """What the field adds to V over 1 nm [meV]."""
        return MEV_PER_NM * self.field_kV_cm

    def potential_energy(self, x: Array) -> Array:
        """Return the band edge with the field [meV] at points [nm]."""
        return self._of_layer(self.heights, x) + self.slope * (x - self.interval.centre)

    def kinetic_at(self, x: Array) -> Array:
        """Return ħ²/2m [meV nm²] at points [nm]."""
        return self._of_layer([layer.kinetic for layer in self.stack], x)

    def _of_layer(self, values: list[float] | tuple[float, ...], x: Array) -> Array:
        return np.asarray(values, dtype=np.float64)[np.searchsorted(self.edges[1:-1], x, side="right")]

    @cached_property
    def coordinate(self) -> Coordinate:
        """The coordinate ∫m dx."""
        size = max(layer.kinetic for layer in self.stack) * self.interval.length**2
        return Coordinate(take_look(self.kinetic_at, self.interval, size, 1, PROBES))

    def transmission(self, energies: ArrayLike) -> Array:
        """Return T(E) at energies [meV], with the outer layers as leads without end.

        >>> import numpy as np
        >>> from sciml.quantum import Heterostructure, Layer
        >>> lead, wall = Layer("GaAs", nm=5.0), Layer("AlGaAs", x=0.3, nm=2.0)
        >>> Heterostructure([lead, wall, lead]).transmission([100.0, 300.0]).round(3)
        array([0.285, 0.587])
        """
        return transmission(self, energies)

    def reference(self) -> Reference:
        """Return the roots of the transfer condition; with a field, energies and states by shooting."""
        if self.field_kV_cm == 0:
            kinetic = [layer.kinetic for layer in self.stack]
            pairs = transfer_matrix(self.edges, self.heights, self.states, kinetic)
            return reference_from(pairs, self, kind="analytic")
        look = take_look(
            self.potential_energy, self.interval, self.kinetic_unit, self.states, PROBES, step=SECOND
        )
        return reference_from(shooting(self.potential_energy, look, self.states, self.kinetic_at), self)

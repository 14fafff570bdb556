"""Two wells side by side: levels in close pairs, split by tunnelling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array, Interval
from sciml.quantum.well import Well


@dataclass(frozen=True)
class DoubleWell(Well):
    """V = lam (x^2 - b2)^2 on [-box, box]; the lowest levels are pairs split by tunnelling."""

    lam: float = parameter(1.0, "steepness", above=0.0, high=1e3)
    b2: float = parameter(3.0, "square of the wells' distance from the middle", above=0.0, high=100.0)
    box: float = parameter(6.0, "half the width of the box", above=0.0)
    states: int = parameter(2, "number of states", low=1, high=30)
    kinetic = 0.5

    @cached_property
    def interval(self) -> Interval:
        """[-box, box]."""
        return Interval(-self.box, self.box)

    def potential_energy(self, x: Array) -> Array:
        """Return V."""
        return self.lam * (x**2 - self.b2) ** 2

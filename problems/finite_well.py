"""A finite square well in a box."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.contracts.parameters import parameter
from sciml.quantum.piecewise import SymmetricWell


@dataclass(frozen=True)
class FiniteWell(SymmetricWell):
    """V = 0 for |x| < half_width, else depth, in the box [-box, box]."""

    depth: float = parameter(20.0, "height of the walls", above=0.0, high=1e4)
    half_width: float = parameter(1.0, "half the width of the well", above=0.0)
    box: float = parameter(3.0, "half the width of the box", above=0.0)
    states: int = parameter(1, "number of states", low=1, high=30)

    @property
    def heights(self) -> tuple[float, ...]:
        """Wall, floor, wall."""
        return (self.depth, 0.0, self.depth)

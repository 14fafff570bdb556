"""A finite barrier in the middle of a box."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.contracts.parameters import parameter
from sciml.quantum.piecewise import SymmetricWell


@dataclass(frozen=True)
class Barrier(SymmetricWell):
    """V = height for |x| < half_width, else 0, in the box [-box, box]."""

    height: float = parameter(20.0, "height of the barrier", above=0.0, high=1e4)
    half_width: float = parameter(0.2, "half the width of the barrier", above=0.0)
    box: float = parameter(1.0, "half the width of the box", above=0.0)
    states: int = parameter(1, "number of states", low=1, high=30)

    @property
    def heights(self) -> tuple[float, ...]:
        """Floor, barrier, floor."""
        return (0.0, self.height, 0.0)

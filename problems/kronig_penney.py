"""Kronig and Penney's model of a crystal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array, Interval
from sciml.quantum.bloch.bands import BandedWell
from sciml.quantum.piecewise import check_below


@dataclass(frozen=True)
class KronigPenney(BandedWell):
    """V = height for |x| < half_width, else 0, repeated with a period: bands, gaps, effective mass.

    References:
        R. de L. Kronig and W. G. Penney, Proc. R. Soc. Lond. A 130, 499 (1931).
    """

    height: float = parameter(20.0, "height of the barriers", low=-1e4, high=1e4)
    half_width: float = parameter(0.1, "half the width of a barrier", above=0.0)
    period: float = parameter(1.0, "from one barrier to the next", above=0.0)
    momenta: int = parameter(5, "Bloch phases from 0 to pi", low=2, high=100)
    states: int = parameter(3, "number of bands", low=1, high=30)
    kinetic = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_below("half_width", self.half_width, "half the period", 0.5 * self.period)

    @cached_property
    def interval(self) -> Interval:
        """One period, a barrier in its middle."""
        half = 0.5 * self.period
        return Interval(-half, half, (-self.half_width, self.half_width))

    def potential_energy(self, x: Array) -> Array:
        """Return V at points of the period."""
        return np.where(np.abs(x) < self.half_width, self.height, 0.0)

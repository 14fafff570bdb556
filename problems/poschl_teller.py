"""The Pöschl–Teller well, whose levels are squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array, Interval
from sciml.quantum.open_space import ACTION, OpenWell


@dataclass(frozen=True)
class PoschlTeller(OpenWell):
    """V = -lam (lam + 1) / (2 cosh^2 x) in open space; E_n = -(lam - n)^2 / 2 for n < lam.

    References:
        G. Pöschl and E. Teller, Z. Phys. 83, 143 (1933).
    """

    lam: float = parameter(4.0, "depth, and the number of bound states rounded up", low=0.5, high=20.0)
    states: int = parameter(1, "number of states", low=1, high=20)

    @property
    def levels(self) -> Array:
        """-(lam - n)^2 / 2."""
        return -0.5 * (self.lam - np.arange(math.ceil(self.lam))) ** 2

    @cached_property
    def interval(self) -> Interval:
        """The box, as wide as the highest state asked for needs."""
        reach = ACTION / (self.lam - self.states + 1) + 2.0
        return Interval(-reach, reach)

    def potential_energy(self, x: Array) -> Array:
        """Return V, with 1/cosh^2 x written so that it cannot overflow."""
        decay = np.exp(-2 * np.abs(x))
        potential: Array = -2 * self.lam * (self.lam + 1) * decay / (1 + decay) ** 2
        return potential

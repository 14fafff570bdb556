"""Morse's potential of a diatomic molecule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array, Interval
from sciml.quantum.open_space import ACTION, OpenWell


@dataclass(frozen=True)
class Morse(OpenWell):
    """V = D (1 - exp(-a x))^2 in open space; E_n = w (n + 1/2) - w^2 (n + 1/2)^2 / 4D, w = a sqrt(2D).

    References:
        P. M. Morse, Phys. Rev. 34, 57 (1929).
    """

    D: float = parameter(10.0, "depth", low=0.1, high=1000.0)
    a: float = parameter(1.0, "inverse width", low=0.01, high=100.0)
    states: int = parameter(1, "number of states", low=1, high=30)

    @property
    def levels(self) -> Array:
        """Levels below D: those with n + 1/2 < sqrt(2D)/a."""
        top = math.sqrt(2 * self.D) / self.a
        half_odd = np.arange(math.ceil(top - 0.5)) + 0.5
        omega = self.a * math.sqrt(2 * self.D)
        return omega * half_odd - (omega * half_odd) ** 2 / (4 * self.D)

    @cached_property
    def interval(self) -> Interval:
        """The box: to the left V grows as exp(-2ax), to the right the highest state decays slowest."""
        rise = math.sqrt(2 * self.D) / self.a
        decay = math.sqrt(2 * (self.D - self.levels[self.states - 1]))
        return Interval(-math.log(ACTION / rise + 2.0) / self.a, ACTION / decay + 3.0 / self.a)

    def potential_energy(self, x: Array) -> Array:
        """Return V."""
        potential: Array = self.D * (1 - np.exp(-self.a * x)) ** 2
        return potential

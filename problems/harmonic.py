"""The harmonic oscillator in a wide box."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.references import Eigenpairs, spectral_elements
from sciml.quantum.well import Well


@dataclass(frozen=True)
class Harmonic(Well):
    """V = omega^2 x^2 / 2 on [-box, box]; E_n = omega (n + 1/2) in open space."""

    omega: float = parameter(1.0, "angular frequency", above=0.0)
    box: float = parameter(7.0, "half the width of the box", above=0.0)
    states: int = parameter(1, "number of states", low=1, high=30)
    kinetic = 0.5

    @cached_property
    def interval(self) -> Interval:
        """[-box, box]."""
        return Interval(-self.box, self.box)

    def potential_energy(self, x: Array) -> Array:
        """Return omega^2 x^2 / 2."""
        return 0.5 * (self.omega * x) ** 2

    def reference(self) -> Reference:
        """Return Hermite functions, whose error is what the walls of the box change, by spectral elements."""
        levels = self.omega * (np.arange(self.states) + 0.5)
        boxed = spectral_elements(self.potential_energy, (-self.box, self.box), self.states, (), 0.5)
        pairs = Eigenpairs(
            energies=levels,
            errors=np.abs(boxed.energies - levels) + boxed.errors,
            wave_errors=boxed.wave_errors,
            wave=lambda x: hermite_functions(x, self.omega, self.states),
            method="Hermite functions in open space",
            citation="D. J. Griffiths, Introduction to Quantum Mechanics, section 2.3",
        )
        return reference_from(replace(pairs, wave_errors=self._moved(pairs, boxed)), self, kind="analytic")

    def _moved(self, pairs: Eigenpairs, boxed: Eigenpairs) -> Array:
        """Return by how much, in relative L2, the walls change each wavefunction."""
        quadrature = self.interval.quadrature(200)
        change = np.abs(pairs(quadrature.points)) - np.abs(boxed(quadrature.points))
        distance: Array = np.sqrt(quadrature.weights @ change**2) + boxed.wave_errors
        return distance


def hermite_functions(x: Array, omega: float, count: int) -> Array:
    """Return the oscillator's states (n, count) by the stable three-term recurrence, rising from the left.

    ψ_{n+1} = √(2/(n+1)) ξ ψ_n − √(n/(n+1)) ψ_{n−1}, ξ = √ω x.
    """
    xi = math.sqrt(omega) * x
    states = [(omega / math.pi) ** 0.25 * np.exp(-0.5 * xi**2)]
    previous = np.zeros_like(xi)
    for n in range(count - 1):
        following = math.sqrt(2 / (n + 1)) * xi * states[-1] - math.sqrt(n / (n + 1)) * previous
        previous = states[-1]
        states.append(following)
    rising: Array = np.column_stack(states) * (-1.0) ** np.arange(count)
    return rising

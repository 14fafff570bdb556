r"""Bands by shooting: the trace of the map over one period is 2 cos θ where there is a state of phase θ.

With M the map of (ψ, cψ') over a period, det M = 1, and D = tr M falls from 2 to −2 through the bands of even
number and rises through the odd ones. Between two Dirichlet levels, which are counted by zeros, there is one
band, so that the number of levels of phase θ below any energy is known, and none is missed [1].

[1] M. S. P. Eastham, The Spectral Theory of Periodic Differential Equations, Scottish Academic Press (1973).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.optimize import brentq

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.references.propagators import NODES, Mesh, Propagated, count_zeros, from_left, propagate

EPS = float(np.finfo(np.float64).eps)
ROUNDING = 64.0  # of what is summed for a trace and for an energy, in units of rounding
LARGEST = 300.0  # logarithm of what ψ may grow by
DEEPEST = 100  # steps down to below the lowest state
CITATION = "M. S. P. Eastham, The Spectral Theory of Periodic Differential Equations (1973)"

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Period:
    """The map over one period at an energy: M exp(`log`), and the zeros of the Dirichlet solution."""

    matrix: Array
    log: float
    zeros: int

    def off(self, phase: float) -> float:
        """Return tr M − 2 cos θ, divided by the growth of M."""
        return float(np.trace(self.matrix)) - 2 * math.cos(phase) * math.exp(-self.log)

    def below(self, phase: float) -> int:
        """Return how many levels of this phase lie below the energy."""
        falls = self.zeros % 2 == 0
        return self.zeros + int(self.off(phase) < 0 if falls else self.off(phase) > 0)


def over_period(steps: Propagated) -> Period:
    """Return the map over all elements, from (ψ, φ) to (ψ, φ), φ = cψ' in the unit of the mesh."""
    total, log = np.eye(2), 0.0
    for across, half, growth in zip(steps.across, steps.halves, steps.growth, strict=True):
        scaled = across * np.array([[1.0, half], [1.0 / half, 1.0]])
        total = scaled @ total
        size = float(np.abs(total).max())
        total, log = total / size, log + math.log(size) + float(growth)
    return Period(total, log, count_zeros(steps, from_left(steps)))


class Bands:
    """The levels of given phases on a mesh, isolated by counting."""

    def __init__(self, mesh: Mesh, floor: float, top: float) -> None:
        self.mesh, self.seen = mesh, dict[float, Period]()
        self.low, self.high = floor, top

    def at(self, energy: float) -> Period:
        """Return the map over a period at an energy."""
        if energy not in self.seen:
            self.seen[energy] = over_period(propagate(self.mesh, energy))
        return self.seen[energy]

    def levels(self, phase: float, states: int) -> list[float]:
        """Return the lowest levels of a phase, ascending."""
        for _ in range(DEEPEST):
            if self.at(self.low).below(phase) == 0:
                break
            self.low -= 2 * (self.high - self.low)
        else:
            raise ArgumentError("potential: has no lowest state")
        while self.at(self.high).below(phase) < states:
            self.high += self.high - self.low
        return [self._level(phase, state) for state in range(states)]

    def _level(self, phase: float, state: int) -> float:
        low, high = self.low, self.high
        while self.at(low).below(phase) < state or self.at(high).below(phase) > state + 1:
            middle = 0.5 * low + 0.5 * high
            if not low < middle < high:
                return high
            low, high = (middle, high) if self.at(middle).below(phase) <= state else (low, middle)
        if self.at(low).off(phase) * self.at(high).off(phase) > 0 or self._several(low, high):
            return self._bisected(phase, state, low, high)
        return float(brentq(lambda e: self.at(e).off(phase), low, high, xtol=1e-300, rtol=4 * EPS))

    def _several(self, low: float, high: float) -> bool:
        return self.at(low).zeros != self.at(high).zeros

    def _bisected(self, phase: float, state: int, low: float, high: float) -> float:
        while low < (middle := 0.5 * low + 0.5 * high) < high:
            low, high = (middle, high) if self.at(middle).below(phase) <= state else (low, middle)
        return high

    def blur(self, phase: float, energy: float, unit: float) -> float:
        """Return by how much an energy may be off for the rounding of the trace, flat where gaps close."""
        noise = ROUNDING * EPS
        step = unit * noise
        off = abs(self.at(energy).off(phase))
        while step < unit and abs(self.at(energy + step).off(phase)) < noise + off:
            step *= 2
        return step


@dataclass(frozen=True)
class BlochWaves:
    """Wavefunctions of one phase as Legendre series on the elements, (m, NODES, K)."""

    edges: Array
    modes: Complex
    errors: Array

    @classmethod
    def of(cls, mesh: Mesh, levels: Array, phase: float, groups: list[list[int]]) -> BlochWaves:
        """Return the states at given levels, orthonormal within each group of equal ones."""
        weights = (mesh.halves[:, None] * legendre.leggauss(NODES)[1]).ravel()[:, None]
        columns, errors = [], []
        for group in groups:
            begins = [_begin(mesh, float(levels[n]), phase) for n in group]
            starts = begins if len(group) == 1 else [np.array([1.0 + 0j, 0.0]), np.array([0.0, 1.0 + 0j])]
            waves = [_wave(mesh, float(levels[n]), start) for n, start in zip(group, starts, strict=True)]
            values = np.column_stack([wave[0].ravel() for wave in waves])
            columns.append(np.linalg.qr(np.sqrt(weights) * values)[0] / np.sqrt(weights))
            errors += [wave[1] for wave in waves]
        whole = np.hstack(columns).reshape(len(mesh.halves), NODES, -1)
        to_modes = np.linalg.inv(legendre.legvander(legendre.leggauss(NODES)[0], NODES - 1))
        return cls(mesh.edges, np.einsum("jn,mnk->mjk", to_modes, whole), np.array(errors))

    def __call__(self, x: Array) -> Complex:
        """Return the wavefunctions at points of the period, (n, K)."""
        owner = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.modes) - 1)
        left, right = self.edges[owner], self.edges[owner + 1]
        shapes = legendre.legvander(np.clip((2 * x - left - right) / (right - left), -1.0, 1.0), NODES - 1)
        return np.asarray(np.einsum("nj,njk->nk", shapes, self.modes[owner]))


def _begin(mesh: Mesh, energy: float, phase: float) -> Complex:
    """Return (ψ, φ) at the left end, an eigenvector of the map over the period."""
    period = over_period(propagate(mesh, energy))
    turn = np.exp(1j * phase - period.log)
    (a, b), (c, d) = period.matrix
    candidates = np.array([b, turn - a]), np.array([turn - d, c])
    begin = max(candidates, key=lambda vector: float(np.linalg.norm(vector)))
    return np.asarray(begin / (np.linalg.norm(begin) or 1.0), np.complex128)


def _wave(mesh: Mesh, energy: float, begin: Complex) -> tuple[Complex, float]:
    """Return ψ at the Gauss points of all elements, and its error where it grows across walls."""
    steps = propagate(mesh, energy)
    values, vector, log, most, least = [], begin, 0.0, 0.0, 0.0
    rows = zip(steps.inside, steps.across, steps.halves, steps.growth, strict=True)
    for inside, across, half, growth in rows:
        values.append(inside @ (vector * [1.0, half]) * math.exp(min(log + growth, LARGEST)))
        vector = (across * np.array([[1.0, half], [1.0 / half, 1.0]])) @ vector
        size = float(np.linalg.norm(vector))
        vector, log = vector / size, log + math.log(size) + float(growth)
        most, least = max(most, log), min(least, log)
    return np.array(values), ROUNDING * EPS * math.exp(min(most - least, -math.log(EPS)))

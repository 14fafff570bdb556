"""Where a well needs resolution: panels on which V and the wavefunctions are smooth, from V alone.

An energy window is set by Weyl's law, (1/π) ∫ √((E − V)₊/c) dx = number of states. A panel is halved while
its half-width h holds too much phase, h·√(|E − V|/c), where the wavefunctions live, or while V itself is not
resolved there, weighted by the tunnelling amplitude exp(−∫√((V − E)₊/c) dx).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.quantum.well import Well

PROBES = 16
PHASE = 2.5
UNRESOLVED = 1e-7
DEAD = 23.0
DEEPEST = 14
REACH = 4.0


@dataclass(frozen=True)
class Panels:
    """Panel `edges` (m+1,) and the resolution `need` (m,) on each, as an inverse length."""

    edges: Array
    need: Array

    @property
    def widths(self) -> Array:
        """The panels' widths."""
        return np.diff(self.edges)

    def quadrature(self, points: int) -> Quadrature:
        """Gauss–Legendre with `points` nodes on each panel."""
        edges = tuple(float(edge) for edge in self.edges)
        return Interval(edges[0], edges[-1], edges[1:-1]).quadrature(points)

    def at_least(self, panels: int) -> Panels:
        """Halve the widest panels until there are at least this many."""
        current = self
        while len(current.need) < panels:
            current = current._halved(current.widths > 0.6 * current.widths.max())
        return current

    def balanced(self) -> Panels:
        """Halve panels that are wide next to a fine one, whose basis functions reach into them."""
        current = self
        while (coarse := current.widths * current._neighbours() > REACH).any():
            current = current._halved(coarse)
        return current

    def _neighbours(self) -> Array:
        """Return the larger need of the panels on either side."""
        padded = np.concatenate([[0.0], self.need, [0.0]])
        return np.maximum(padded[:-2], padded[2:])

    def _halved(self, chosen: NDArray[np.bool_]) -> Panels:
        middles = 0.5 * (self.edges[:-1] + self.edges[1:])[chosen]
        edges = np.sort(np.concatenate([self.edges, middles]))
        return Panels(edges, np.repeat(self.need, np.where(chosen, 2, 1)))


@dataclass(frozen=True)
class Window:
    """The energy up to which states are wanted; on a fine grid V, and ∫κ dx to the nearest allowed point."""

    energy: float
    x: Array
    potential: Array
    action: Array

    def missed(self, left: float, right: float, modes: Array) -> float:
        """Return by how much Legendre modes miss V on the fine grid of a panel, where ψ is not negligible."""
        first, last = np.searchsorted(self.x, (left, right))
        if first == last:
            return 0.0
        s = (2 * self.x[first:last] - left - right) / (right - left)
        gap = np.abs(legendre.legval(s, modes) - self.potential[first:last])
        return float((gap * np.exp(-self.action[first:last])).max())


def panels_of(well: Well) -> Panels:
    """Return panels that resolve the well's lowest states."""
    window = _window(well)
    edges, need = [well.interval.left], []
    for left, right in well.interval.regions:
        for _, end, wanted in _divide(well, window, left, right, 0):
            edges.append(end)
            need.append(wanted)
    return Panels(np.array(edges), np.array(need)).balanced()


def _divide(
    well: Well, window: Window, left: float, right: float, depth: int
) -> list[tuple[float, float, float]]:
    nodes, to_modes = _probe()
    half, middle = 0.5 * (right - left), 0.5 * (left + right)
    x = middle + half * nodes
    potential = well.potential_energy(x)
    action = np.interp(x, window.x, window.action)
    wavenumber = np.sqrt(np.abs(potential - window.energy) / well.kinetic) * (action < DEAD)
    modes = to_modes @ potential
    tail = max(np.abs(modes[10:]).max() * np.exp(-action.min()), window.missed(left, right, modes))
    coarse = half * wavenumber.max() > PHASE or half**2 / well.kinetic * tail > UNRESOLVED
    if coarse and depth < DEEPEST:
        return [
            *_divide(well, window, left, middle, depth + 1),
            *_divide(well, window, middle, right, depth + 1),
        ]
    structure = 1 / (right - left) if depth else 1 / well.interval.length
    return [(left, right, max(structure, float(wavenumber.max()) / (2 * PHASE)))]


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array]:
    nodes, _ = legendre.leggauss(PROBES)
    return nodes, np.linalg.inv(legendre.legvander(nodes, PROBES - 1))


def _window(well: Well) -> Window:
    x, weights = _fine(well.interval)
    potential = well.potential_energy(x)
    energy = _weyl(potential, weights, float(well.kinetic), well.states + 1, well.interval.length)
    return Window(energy, x, potential, _action(potential, weights, float(well.kinetic), energy))


def _fine(interval: Interval, points: int = 4000) -> tuple[Array, Array]:
    centres = (np.arange(points) + 0.5) / points
    x = [a + (b - a) * centres for a, b in interval.regions]
    weights = [np.full(points, (b - a) / points) for a, b in interval.regions]
    return np.concatenate(x), np.concatenate(weights)


def _weyl(potential: Array, weights: Array, kinetic: float, states: int, length: float) -> float:
    """Return the energy below which Weyl's law counts `states` states, by bisection."""
    low = float(potential.min())
    high = float(potential.max()) + kinetic * (states * np.pi / length) ** 2
    for _ in range(50):
        middle = 0.5 * (low + high)
        phase = weights @ np.sqrt(np.maximum(middle - potential, 0.0) / kinetic)
        low, high = (middle, high) if phase < states * np.pi else (low, middle)
    return high


def _action(potential: Array, weights: Array, kinetic: float, energy: float) -> Array:
    """Return ∫κ dx from each point to the nearest one with V < E."""
    decay = np.sqrt(np.maximum(potential - energy, 0.0) / kinetic) * weights
    total = np.cumsum(decay) - 0.5 * decay
    allowed = potential < energy
    before = np.maximum.accumulate(np.where(allowed, total, -np.inf))
    after = np.minimum.accumulate(np.where(allowed, total, np.inf)[::-1])[::-1]
    return np.minimum(total - before, after - total)


def sampling(well: Well) -> Quadrature:
    """Return the points on which the wavefunctions are saved, compared and drawn."""
    return panels_of(well).at_least(12).quadrature(16)

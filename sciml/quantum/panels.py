"""Where a well needs resolution: panels on which V and the wavefunctions are smooth, from V alone.

An energy window is set by Weyl's law, (1/π) ∫ √((E − V)₊/c) dx = number of states. A panel is halved while
its half-width h holds too much phase, h·√(|E − V|/c), where the wavefunctions live, or while V itself is not
resolved there, weighted by the tunnelling amplitude exp(−∫√((V − E)₊/c) dx).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.quantum.equation import WellEquation

PROBES = 16  # Gauss points at which V is looked at on a panel; its Legendre modes follow from them
TAIL = 10  # first of the high modes, which vanish where V is resolved
PHASE = 2.5  # largest h√(|E − V|/c) of a panel: 5 rad in all, less than a full swing of ψ
UNRESOLVED = 1e-7  # largest h²/c times what the modes miss of V: a relative curvature of ψ
DEAD = 23.0  # tunnelling action beyond which ψ < 1e-10 needs no panels of its own
DEEPEST = 14  # halvings of a region: 6e-5 of its length, where a jump that was not found would go on for ever
REACH = 4.0  # largest width of a panel, in the resolution lengths of its neighbours
WIDE = 0.6  # of the widest: panels halved together, so that few sweeps give many panels
SCAN = 4000  # points of a region at which V is scanned for the window
BISECTIONS = 50  # of the window's energy: to 1e-15 of the first bracket
SAMPLED = (12, 16)  # fewest panels, and points on each, on which states are saved, compared and drawn


@dataclass(frozen=True)
class Panel:
    """A piece of the domain, and the resolution it needs, an inverse length."""

    left: float
    right: float
    need: float


@dataclass(frozen=True)
class Panels:
    """Panel `edges` (m+1,) and the resolution `need` (m,) on each, as an inverse length."""

    edges: Array
    need: Array

    @property
    def widths(self) -> Array:
        """The panels' widths."""
        return np.asarray(np.diff(self.edges))

    def quadrature(self, points: int) -> Quadrature:
        """Gauss–Legendre with `points` nodes on each panel."""
        edges = tuple(float(edge) for edge in self.edges)
        return Interval(edges[0], edges[-1], edges[1:-1]).quadrature(points)

    def at_least(self, panels: int) -> Panels:
        """Halve the widest panels until there are at least this many."""
        current = self
        while len(current.need) < panels:
            current = current._halved(current.widths > WIDE * current.widths.max())
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
        return np.asarray(np.maximum(padded[:-2], padded[2:]))

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


def panels_of(well: WellEquation) -> Panels:
    """Return panels that resolve the well's lowest states."""
    window = _window(well)
    pieces = [piece for region in well.interval.regions for piece in _divide(well, window, *region)]
    edges = [well.interval.left, *(piece.right for piece in pieces)]
    return Panels(np.array(edges), np.array([piece.need for piece in pieces])).balanced()


def _divide(well: WellEquation, window: Window, left: float, right: float, depth: int = 0) -> Iterator[Panel]:
    """Yield the panels of [left, right], halved until each holds little phase and resolves V."""
    half, middle = 0.5 * (right - left), 0.5 * (left + right)
    wavenumber, missed = _look(well, window, left, right)
    coarse = half * wavenumber > PHASE or half**2 / well.kinetic * missed > UNRESOLVED
    if coarse and depth < DEEPEST:
        yield from _divide(well, window, left, middle, depth + 1)
        yield from _divide(well, window, middle, right, depth + 1)
    else:
        structure = 1 / (right - left) if depth else 1 / well.interval.length
        yield Panel(left, right, max(structure, wavenumber / (2 * PHASE)))


def _look(well: WellEquation, window: Window, left: float, right: float) -> tuple[float, float]:
    """Return the largest √(|E − V|/c) where ψ lives on a panel, and what its modes miss of V there."""
    nodes, to_modes = _probe()
    x = 0.5 * (left + right) + 0.5 * (right - left) * nodes
    potential = well.potential_energy(x)
    action = np.interp(x, window.x, window.action)
    wavenumber = np.sqrt(np.abs(potential - window.energy) / well.kinetic) * (action < DEAD)
    modes = to_modes @ potential
    tail = float(np.abs(modes[TAIL:]).max() * np.exp(-action.min()))
    return float(wavenumber.max()), max(tail, window.missed(left, right, modes))


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array]:
    nodes, _ = legendre.leggauss(PROBES)
    return nodes, np.linalg.inv(legendre.legvander(nodes, PROBES - 1))


def _window(well: WellEquation) -> Window:
    fine = well.interval.midpoints(SCAN)
    potential = well.potential_energy(fine.points)
    energy = _weyl(potential, fine.weights, float(well.kinetic), well.states + 1, well.interval.length)
    return Window(
        energy, fine.points, potential, _action(potential, fine.weights, float(well.kinetic), energy)
    )


def _weyl(potential: Array, weights: Array, kinetic: float, states: int, length: float) -> float:
    """Return the energy below which Weyl's law counts `states` states, by bisection."""
    low = float(potential.min())
    high = float(potential.max()) + kinetic * (states * np.pi / length) ** 2
    for _ in range(BISECTIONS):
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
    return np.asarray(np.minimum(total - before, after - total))


def sampling(well: WellEquation) -> Quadrature:
    """Return the points on which the wavefunctions are saved, compared and drawn."""
    panels, points = SAMPLED
    return panels_of(well).at_least(panels).quadrature(points)

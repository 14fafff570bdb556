"""Where a well needs resolution: panels on which V and the wavefunctions are smooth, from V alone.

An energy window is set by Weyl's law, (1/π) ∫ √((E − V)₊/c) dx = number of states. A panel is halved while
its half-width h holds too much phase, h·√(|E − V|/c), where the wavefunctions live, or while V itself is not
resolved there, weighted by the tunnelling amplitude exp(−∫√((V − E)₊/c) dx).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.quantum.equation import WellEquation
from sciml.quantum.semiclassical import tunnelling, weyl

PROBES = 16  # Gauss points at which V is looked at on a panel; its Legendre modes follow from them
TAIL = 10  # first of the high modes, which vanish where V is resolved
PHASE = 2.5  # largest h√(|E − V|/c) of a panel: 5 rad in all, less than a full swing of ψ
UNRESOLVED = 1e-7  # largest h²/c times what the modes miss of V: a relative curvature of ψ
DEAD = 23.0  # tunnelling action beyond which ψ < 1e-10 needs no panels of its own
INSIDE, AT_ENDS = 2.0**-24, 2.0**-42  # of the box: half of the shortest panel; at an end V may be singular
SPACINGS = 32  # of floating-point numbers, in half of the shortest panel
MOST = 10_000  # panels
BREAKS, STATES, NARROW = 24, 30, 2.0**-10  # most breaks and states, and narrowest panel, for global units
REACH = 4.0  # largest width of a panel, in the resolution lengths of its neighbours
WIDE = 0.6  # of the widest: panels halved together, so that few sweeps give many panels
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
            current = current.halved(current.widths > WIDE * current.widths.max())
        return current

    def balanced(self) -> Panels:
        """Halve panels that are wide next to a fine one, whose basis functions reach into them."""
        current = self
        while (coarse := current.widths * current._neighbours() > REACH).any():
            current = current.halved(coarse)
        return current

    def _neighbours(self) -> Array:
        """Return the larger need of the panels on either side."""
        padded = np.concatenate([[0.0], self.need, [0.0]])
        return np.asarray(np.maximum(padded[:-2], padded[2:]))

    def halved(self, chosen: NDArray[np.bool_]) -> Panels:
        """Halve some of the panels."""
        middles = 0.5 * (self.edges[:-1] + self.edges[1:])[chosen]
        edges = np.sort(np.concatenate([self.edges, middles]))
        return Panels(edges, np.repeat(self.need, np.where(chosen, 2, 1)))


@dataclass(frozen=True)
class Window:
    """The energy up to which states are wanted; on a fine grid V, and ∫κ dx to the nearest allowed point.

    With the actions at the edges of what is smooth, what lives near an edge of a panel counts all over it.
    """

    energy: float
    x: Array
    potential: Array
    action: Array
    at_edges: tuple[Array, Array] | None = None

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
    return _panels(well, (_window(well, well.states + 1, edges=False),))


def local_panels(well: WellEquation) -> Panels:
    """Return panels for units that live on one or two of them: fine wherever one of the states is."""
    counts = sorted({1, 2, (well.states + 2) // 2, well.states + 1})
    return _panels(well, tuple(_window(well, count, edges=True) for count in counts))


def plain(well: WellEquation) -> bool:
    """Whether a few hundred global units may resolve a well: no singular end, few breaks, one scale."""
    narrowest = float(local_panels(well).widths.min())
    return (
        not any(well.look.singular)
        and len(well.interval.interfaces) <= BREAKS
        and well.states <= STATES
        and narrowest > NARROW * well.interval.length
    )


def _panels(well: WellEquation, windows: tuple[Window, ...]) -> Panels:
    every = (piece for region in well.interval.regions for piece in _divide(well, windows, *region))
    pieces = list(islice(every, MOST + 1))
    if len(pieces) > MOST:
        raise ArgumentError(
            f"potential: its states need more than {MOST} panels; take fewer states or a smaller box, and no "
            "V that falls as fast as −1/x²"
        )
    edges = [well.interval.left, *(piece.right for piece in pieces)]
    return Panels(np.array(edges), np.array([piece.need for piece in pieces])).balanced()


def _divide(well: WellEquation, windows: tuple[Window, ...], left: float, right: float) -> Iterator[Panel]:
    """Yield the panels of [left, right], halved until each holds little phase and resolves V."""
    half, middle = 0.5 * (right - left), 0.5 * (left + right)
    looks = [_look(well, window, left, right) for window in windows]
    wavenumber, missed = max(look[0] for look in looks), max(look[1] for look in looks)
    coarse = half * wavenumber > PHASE or half**2 / well.kinetic * missed > UNRESOLVED
    if coarse and half > _shortest(well.interval, left, right):
        yield from _divide(well, windows, left, middle)
        yield from _divide(well, windows, middle, right)
    else:
        whole = (left, right) in well.interval.regions
        structure = 1 / well.interval.length if whole else 1 / (right - left)
        yield Panel(left, right, max(structure, wavenumber / (2 * PHASE)))


def _shortest(interval: Interval, left: float, right: float) -> float:
    """Return the half-width below which a panel is not halved; shorter at the ends, for singular V."""
    at_end = left == interval.left or right == interval.right
    spacing = float(np.spacing(max(abs(left), abs(right))))
    return max((AT_ENDS if at_end else INSIDE) * interval.length, SPACINGS * spacing)


def _look(well: WellEquation, window: Window, left: float, right: float) -> tuple[float, float]:
    """Return the largest √(|E − V|/c) where ψ lives on a panel, and what its modes miss of V there."""
    nodes, to_modes = _probe()
    x = 0.5 * (left + right) + 0.5 * (right - left) * nodes
    potential = well.potential_energy(np.clip(x, np.nextafter(left, right), np.nextafter(right, left)))
    action = np.interp(x, window.x, window.action)
    near: Array | float = action
    if window.at_edges is not None:
        near = min(float(action.min()), float(np.interp((left, right), *window.at_edges).min()))
    wavenumber = np.sqrt(np.abs(potential - window.energy) / well.kinetic) * (near < DEAD)
    modes = to_modes @ potential
    tail = float(np.abs(modes[TAIL:]).max() * np.exp(-action.min()))
    return float(wavenumber.max()), max(tail, window.missed(left, right, modes))


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array]:
    nodes, _ = legendre.leggauss(PROBES)
    return nodes, np.linalg.inv(legendre.legvander(nodes, PROBES - 1))


def _window(well: WellEquation, states: int, edges: bool) -> Window:
    look, kinetic = well.look, float(well.kinetic)
    x, weights, potential = look.x.ravel(), look.weights.ravel(), look.values.ravel()
    energy = weyl(potential, weights, kinetic, states, well.interval.length)
    action = tunnelling(potential, weights, kinetic, energy)
    return Window(energy, x, potential, action, look.actions(kinetic, energy) if edges else None)


def sampling(well: WellEquation) -> Quadrature:
    """Return the points on which the wavefunctions are saved, compared and drawn."""
    panels, points = SAMPLED
    return (panels_of if plain(well) else local_panels)(well).at_least(panels).quadrature(points)

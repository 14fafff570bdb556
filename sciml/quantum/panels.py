"""Where a well needs resolution: panels on which V and the wavefunctions are smooth, from V alone.

An energy window is set by Weyl's law, (1/π) ∫ √((E − V)₊/c) dx = number of states. A panel is halved while
its half-width h holds too much phase, h·√(|E − V|/c), where the wavefunctions live, or while V itself is not
resolved there, weighted by the tunnelling amplitude exp(−∫√((V − E)₊/c) dx).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.special import roots_jacobi

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.quantum.cells import misses
from sciml.quantum.look import Look
from sciml.quantum.semiclassical import tunnelling, weyl

PROBES = 16  # Gauss points at which V is looked at on a panel; its Legendre modes follow from them
TAIL = 10  # first of the high modes, which vanish where V is resolved
PHASE = 2.5  # largest h√(|E − V|/c) of a panel: 5 rad in all, less than a full swing of ψ
UNRESOLVED = 1e-7  # largest h²/c times what the modes miss of V: a relative curvature of ψ
DEAD = 23.0  # tunnelling action beyond which ψ < 1e-10 needs no panels of its own
INSIDE, AT_ENDS = 2.0**-24, 2.0**-42  # of the box: half of the shortest panel; at an end V may be singular
POWER = 2.0**-14  # the same at an end where ψ is a known power times what is smooth
SPACINGS = 32  # of floating-point numbers, in half of the shortest panel
MOST = 10_000  # panels
BREAKS, STATES, NARROW = 24, 30, 2.0**-10  # most breaks and states, and narrowest panel, for global units
REACH = 4.0  # largest width of a panel, in the resolution lengths of its neighbours
WIDE = 0.6  # of the widest: panels halved together, so that few sweeps give many panels
SAMPLED = (12, 16)  # fewest panels, and points on each, on which states are saved, compared and drawn


class Seen(Protocol):
    """What panels need to know of a well."""

    @property
    def interval(self) -> Interval:
        """The box, cut where something is not smooth."""

    @property
    def look(self) -> Look:
        """What has been seen of V."""

    @property
    def exponents(self) -> tuple[float, float]:
        """The powers as which ψ rises from the ends; 0 where V is not singular."""

    @property
    def states(self) -> int:
        """How many states are wanted."""

    @property
    def panels(self) -> Panels:
        """The panels of global units, kept."""

    @property
    def local_panels(self) -> Panels:
        """The panels of local units, kept."""

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""

    def kinetic_at(self, x: Array) -> Array:
        """Return c at points inside the box."""


@dataclass(frozen=True)
class Panels:
    """Panel `edges` (m+1,) and the resolution `need` (m,) on each, as an inverse length.

    With `exponents` that are not 0, ψ rises with these powers of the distance from the ends.
    """

    edges: Array
    need: Array
    exponents: tuple[float, float] = (0.0, 0.0)

    @property
    def widths(self) -> Array:
        """The panels' widths."""
        return np.asarray(np.diff(self.edges))

    def quadrature(self, points: int) -> Quadrature:
        """Gauss–Legendre with `points` nodes on each panel; Gauss–Jacobi where ψ rises as a power."""
        _, x, weights = self.points(points)
        return Quadrature(x.ravel(), weights.ravel())

    def points(self, points: int) -> tuple[Array, Array, Array]:
        """Return points strictly inside the panels, from −1 to 1 and in x, and weights, each (m, points)."""
        nodes, weights = (np.tile(row, (len(self.need), 1)) for row in legendre.leggauss(points))
        for panel, sign, exponent in ((0, 1, self.exponents[0]), (-1, -1, self.exponents[1])):
            if exponent:  # exact for polynomials times ψ'² ~ r^(2α − 2)
                at, weight = roots_jacobi(points, 0.0, 2 * exponent - 2)
                nodes[panel] = sign * at
                weights[panel] = weight * (1 + at) ** (2 - 2 * exponent)
        left, right = self.edges[:-1, None], self.edges[1:, None]
        x = 0.5 * (left + right) + 0.5 * (right - left) * nodes
        inside = np.nextafter(left, right), np.nextafter(right, left)
        return nodes, np.clip(x, *inside), 0.5 * (right - left) * weights

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
        return replace(self, edges=edges, need=np.repeat(self.need, np.where(chosen, 2, 1)))


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


def panels_of(well: Seen) -> Panels:
    """Return panels that resolve the well's lowest states."""
    return _panels(well, (_window(well, well.states + 1, edges=False),))


def local_panels(well: Seen) -> Panels:
    """Return panels for units that live on one or two of them: fine wherever one of the states is."""
    counts = sorted({1, 2, (well.states + 2) // 2, well.states + 1})
    return _panels(well, tuple(_window(well, count, edges=True) for count in counts))


def plain(well: Seen) -> bool:
    """Whether a few hundred global units may resolve a well: no singular end, few breaks, one scale."""
    narrowest = float(well.local_panels.widths.min())
    return (
        not any(well.look.singular)
        and len(well.interval.interfaces) <= BREAKS
        and well.states <= STATES
        and narrowest > NARROW * well.interval.length
    )


def _panels(well: Seen, windows: tuple[Window, ...]) -> Panels:
    """Return panels, halved until each holds little phase and resolves V."""
    ends = np.array([well.interval.left, *well.interval.interfaces, well.interval.right])
    spans, finished, count = np.array(well.interval.regions), [], 0
    while len(spans):
        wavenumber, missed = _looked(well, windows, spans)
        half = 0.5 * np.diff(spans)[:, 0]
        coarse = (half * wavenumber > PHASE) | (half**2 * missed > UNRESOLVED)
        coarse &= half > _shortest(well, spans)
        whole = np.isin(spans[:, 0], ends[:-1]) & np.isin(spans[:, 1], ends[1:])
        structure = np.where(whole, 1 / well.interval.length, 0.5 / half)
        need = np.maximum(structure, wavenumber / (2 * PHASE))
        finished.append(np.column_stack([spans, need])[~coarse])
        count += len(finished[-1])
        if count + 2 * coarse.sum() > MOST:
            raise ArgumentError(
                f"potential: its states need more than {MOST} panels; take fewer states or a smaller box, "
                "and no V that falls as fast as −1/x²"
            )
        left, right = spans[coarse].T
        middle = 0.5 * (left + right)
        spans = np.column_stack([left, middle, middle, right]).reshape(-1, 2)
    pieces = np.concatenate(finished)
    pieces = pieces[np.argsort(pieces[:, 0])]
    edges = np.append(well.interval.left, pieces[:, 1])
    return Panels(edges, pieces[:, 2], well.exponents).balanced()


def _shortest(well: Seen, spans: Array) -> Array:
    """Return the half-widths below which panels are not halved; shorter at the ends, for singular V."""
    interval = well.interval
    shortest = np.full(len(spans), INSIDE)
    for side, end in enumerate((interval.left, interval.right)):
        shortest[spans[:, side] == end] = POWER if well.exponents[side] else AT_ENDS
    return np.asarray(
        np.maximum(shortest * interval.length, SPACINGS * np.spacing(np.abs(spans).max(axis=1)))
    )


def _looked(well: Seen, windows: tuple[Window, ...], spans: Array) -> tuple[Array, Array]:
    """Return the largest √(|E − V|/c) where ψ lives on each panel, and what modes miss there of V/c."""
    nodes, to_modes = _probe()
    left, right = spans[:, :1], spans[:, 1:]
    x = np.clip(
        0.5 * (left + right) + 0.5 * (right - left) * nodes,
        np.nextafter(left, right),
        np.nextafter(right, left),
    )
    potential = well.potential_energy(x.ravel()).reshape(x.shape)
    kinetic = well.kinetic_at(x.ravel()).reshape(x.shape)
    least, modes = kinetic.min(axis=1), potential @ to_modes.T
    uneven = np.abs((kinetic @ to_modes.T)[:, TAIL:]).max(axis=1) / least
    wavenumber, missed = np.zeros(len(spans)), np.zeros(len(spans))
    for window in windows:
        action = np.interp(x, window.x, window.action)
        near = action
        if window.at_edges is not None:
            at_ends = np.interp(spans, *window.at_edges).min(axis=1)
            near = np.minimum(action.min(axis=1), at_ends)[:, None]
        own = np.sqrt(np.abs(potential - window.energy) / kinetic) * (near < DEAD)
        tail = np.abs(modes[:, TAIL:]).max(axis=1) * np.exp(-action.min(axis=1))
        seen = misses(spans, spans, modes, window.x, window.potential, np.exp(-window.action))
        wavenumber = np.maximum(wavenumber, own.max(axis=1))
        missed = np.maximum(missed, np.maximum(tail, seen) / least + uneven * wavenumber**2)
    return wavenumber, missed


@lru_cache(maxsize=1)
def _probe() -> tuple[Array, Array]:
    nodes, _ = legendre.leggauss(PROBES)
    return nodes, np.linalg.inv(legendre.legvander(nodes, PROBES - 1))


def _window(well: Seen, states: int, edges: bool) -> Window:
    look = well.look
    x, weights, potential = look.x.ravel(), look.weights.ravel(), look.values.ravel()
    kinetic = well.kinetic_at(x)
    energy = weyl(potential, weights, kinetic, states, well.interval.length)
    action = tunnelling(potential, weights, kinetic, energy)
    return Window(
        energy, x, potential, action, look.actions(kinetic.reshape(look.x.shape), energy) if edges else None
    )


def sampling(well: Seen) -> Quadrature:
    """Return the points on which the wavefunctions are saved, compared and drawn."""
    panels, points = SAMPLED
    return (well.panels if plain(well) else well.local_panels).at_least(panels).quadrature(points)

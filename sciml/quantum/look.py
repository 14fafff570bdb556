"""What one look at a potential has seen: probes all over the box, its features, and pieces it is smooth on.

The probes are dense enough that no feature wider than `Look.resolved` slips between two of them; around what
stands out, cells are halved until a polynomial fits. Solver and reference look along different sequences of
probes, and what one has seen is held against the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.breaks import breaks_in, find_breaks, first_cells
from sciml.quantum.cells import Cells, Function, Probes, divided
from sciml.quantum.semiclassical import tunnelling, weyl

DENSE = 2**18  # probes, one in each of as many even cells: the widest gap is below two of them
FIRST, SECOND = 0.5 * (math.sqrt(5.0) - 1.0), math.sqrt(2.0) - 1.0  # steps of the place in a cell
CELLS = 16  # pieces to begin with
DEEP = 2.0**-44  # of the box: the shortest piece at an end, where V may be singular
SHALLOW = 2.0**-30  # of the box: the shortest piece elsewhere
NODES = 16  # Gauss points at which a piece is seen
SINGULAR = 1e-9  # of the box: a piece at an end this short surrounds a singularity
SAME = 1e-7  # of the scale of V: values that differ by less agree
TINY = 1e-300  # instead of nothing, where V is zero
THINNED = 4096  # probes from which the size of what matters is taken
NARROWEST = 1e-12  # of the box: narrower states would be lost in the rounding of x
FOCUSINGS, STILL = 60, 0.02  # halvings for the energies of the states, and how much of one may still move
STEEP = 10.0  # of the scale of V: what is larger at an end is singular there
INWARD = 1e-6  # of the box: where a singular end is no more
GROWTH = 0.1  # of V, by which it changes on the shortest of pieces where it is singular


@dataclass(frozen=True)
class Look:
    """A look at V on a box.

    Attributes:
        interval: The box, cut where V jumps or has a kink.
        edges: Of the pieces on which a polynomial fits V, (m+1,).
        probes: The probes, and the size of what matters in V.
    """

    interval: Interval
    edges: Array
    probes: Probes
    x: Array
    weights: Array
    values: Array

    @property
    def resolved(self) -> float:
        """The width of the narrowest feature that cannot have been missed."""
        return 2 * self.interval.length / len(self.probes.x)

    @cached_property
    def singular(self) -> tuple[bool, bool]:
        """Whether V is singular at the left and at the right end."""
        short = np.diff(self.edges)[[0, -1]] < SINGULAR * self.interval.length
        left, right = short & (np.abs(self.values[[0, -1], [0, -1]]) > STEEP * self.probes.scale)
        return bool(left), bool(right)

    @cached_property
    def singular_inside(self) -> float | None:
        """Where inside the box V is singular; None where it is not."""
        left, right, length = self.interval.left, self.interval.right, self.interval.length
        short = np.diff(self.edges) < SINGULAR * length
        short &= np.minimum(self.edges[1:] - left, right - self.edges[:-1]) > INWARD * length
        largest = np.abs(self.values).max(axis=1)
        grows = (largest > STEEP * self.probes.scale) & (np.ptp(self.values, axis=1) > GROWTH * largest)
        places = self.edges[:-1][short & grows]
        return float(places[0]) if len(places) else None

    @cached_property
    def floor(self) -> float:
        """The least V, singular ends left out."""
        seen = np.inf if any(self.singular) else self.values.min()
        return float(min(self.probes.values.min(), seen))

    def actions(self, kinetic: Array | float, energy: float) -> tuple[Array, Array]:
        """Return the points where V was seen and the edges between, and ∫κ dx from each to where V < E."""
        left, right = self.edges[:-1, None], self.edges[1:, None]
        none, values = np.zeros_like(left), self.values
        weights = np.hstack([none, self.weights, none])
        potential = np.hstack([values[:, :1], values, values[:, -1:]])
        x = np.hstack([left, self.x, right])
        seen = np.broadcast_to(kinetic, values.shape)
        c = np.hstack([seen[:, :1], seen, seen[:, -1:]])
        return x.ravel(), tunnelling(potential.ravel(), weights.ravel(), c.ravel(), energy)

    @cached_property
    def integral(self) -> float:
        """∫V dx over the pieces."""
        return float((self.weights * self.values).sum())

    def __call__(self, x: Array) -> Array:
        """Return the polynomials through what was seen, at `x`."""
        modes = legendre_modes(self.values)
        owner = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(modes) - 1)
        left, right = self.edges[owner], self.edges[owner + 1]
        return np.asarray(
            legendre.legval((2 * x - left - right) / (right - left), modes[owner].T, tensor=False)
        )


def take_look(
    function: Function,
    interval: Interval,
    kinetic: float,
    states: int,
    probes: int = DENSE,
    *,
    step: float = FIRST,
    search: bool = False,
) -> Look:
    """Return a look at V.

    Args:
        function: V, from points (n,) inside the interval to (n,).
        interval: The box, cut at the jumps and kinks that are known.
        kinetic: The coefficient c.
        states: How many states are wanted: they tell what size matters in V.
        probes: In the box.
        step: By how much the place of a probe in its cell moves on from cell to cell.
        search: Whether to look for jumps and kinks.

    Raises:
        ArgumentError: Where V is rough everywhere, or confines states to a point.
    """
    seen = _probed(function, interval, kinetic, states, probes, step)
    breaks = find_breaks(function, interval, seen) if search else ()
    whole = Interval(interval.left, interval.right, tuple(sorted({*interval.interfaces, *breaks})))
    edges, unfitted = _pieces(function, whole, seen)
    if search and (more := breaks_in(function, unfitted)):
        whole = Interval(whole.left, whole.right, tuple(sorted({*whole.interfaces, *more})))
        edges, _ = _pieces(function, whole, seen)
    return _focused(function, Look(whole, edges, seen, *_sampled(function, edges)), kinetic, states + 1)


def _focused(function: Function, look: Look, kinetic: float, states: int) -> Look:
    """Halve the pieces where V crosses the energies of the states, until these no longer move."""
    last = np.full(2, np.inf)
    for _ in range(FOCUSINGS):
        flat, weights = look.values.ravel(), look.weights.ravel()
        length = look.interval.length
        now = np.array([weyl(flat, weights, kinetic, count, length) for count in (1, states)])
        if (np.abs(now - last) <= STILL * np.maximum(now - flat.min(), 0.0)).all():
            break
        last = now
        low, high = look.values.min(axis=1), look.values.max(axis=1)
        crossed = ((low[:, None] < now) & (high[:, None] > now)).any(axis=1)
        crossed[look.values.min(axis=1).argmin()] = True
        crossed &= np.diff(look.edges) > SHALLOW * length
        edges = np.sort(np.concatenate([look.edges, 0.5 * (look.edges[:-1] + look.edges[1:])[crossed]]))
        look = Look(look.interval, edges, look.probes, *_sampled(function, edges))
    return look


def _sampled(function: Function, edges: Array) -> tuple[Array, Array, Array]:
    """Return Gauss points on pieces, their weights, and V there, each (m, NODES)."""
    nodes, weights = _nodes()
    half, middle = 0.5 * np.diff(edges)[:, None], 0.5 * (edges[1:] + edges[:-1])[:, None]
    inside = np.nextafter(edges[:-1, None], np.inf), np.nextafter(edges[1:, None], -np.inf)
    x = np.clip(middle + half * nodes, *inside)
    return x, half * weights, function(x.ravel()).reshape(x.shape)


def legendre_modes(values: Array) -> Array:
    """Return the Legendre series (m, NODES) through values at the Gauss points of pieces (m, NODES)."""
    return np.asarray(values @ np.linalg.inv(legendre.legvander(_nodes()[0], NODES - 1)).T)


def _nodes() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(NODES)


def _probed(
    function: Function, interval: Interval, kinetic: float, states: int, count: int, step: float
) -> Probes:
    place = np.arange(count)
    x = interval.left + interval.length * ((place + (0.5 + step * place) % 1.0) / count)
    inside = np.clip(x, np.nextafter(interval.left, np.inf), np.nextafter(interval.right, -np.inf))
    values = function(inside)
    few = values[:: max(1, count // THINNED)]
    energy = weyl(few, np.full(len(few), interval.length / len(few)), kinetic, states + 1, interval.length)
    floor, top = float(values.min()), float(values.max())
    scale = min(top - floor, max(energy - floor, 0.0))
    if not scale * interval.length**2 <= kinetic / NARROWEST**2:
        raise ArgumentError(
            f"potential: got a rise by {top - floor:.3g} where c/length² is "
            f"{kinetic / interval.length**2:.3g}, expected states wider than "
            f"{NARROWEST:g} of the box; take a smaller box or other units"
        )
    return Probes(inside, values, scale)


def _pieces(function: Function, interval: Interval, probes: Probes) -> tuple[Array, Cells]:
    """Return the edges of pieces, short ones next to the ends, and those that polynomials do not fit."""
    spacing = float(np.spacing(max(abs(interval.left), abs(interval.right))))

    def shortest(cells: Cells) -> Array:
        ends = (cells.spans == [interval.left, interval.right]).any(axis=1)
        return np.maximum(np.where(ends, DEEP, SHALLOW) * interval.length, 16 * spacing)

    fitted, left_over = divided(function, first_cells(interval, CELLS), probes, shortest)
    return np.unique(np.concatenate([fitted.spans.ravel(), left_over.spans.ravel()])), left_over


def disagreement(first: Look, second: Look, what: str = "V") -> str | None:
    """Return where two looks at V disagree the most, a sentence; None where they agree."""
    gap, x, seen, expected = max(_missed(first, second), _missed(second, first))
    if gap <= 1:
        return None
    return (
        f"two looks at {what} disagree: near x = {x:.6g} one has seen {seen:.6g} and the other {expected:.6g}"
    )


def _missed(one: Look, other: Look) -> tuple[float, float, float, float]:
    """Return the most by which one look misses a probe of the other, in what is allowed, and where."""
    x, seen = other.probes.x, other.probes.values
    expected = one(x)
    gaps = np.abs(expected - seen) / (
        SAME * (max(one.probes.scale, other.probes.scale) + np.abs(seen)) + TINY
    )
    for end, singular in zip((0, -1), one.singular, strict=True):
        gaps[end] *= not singular
    worst = int(gaps.argmax())
    return float(gaps[worst]), float(x[worst]), float(seen[worst]), float(expected[worst])

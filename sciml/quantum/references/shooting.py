"""Bound states by shooting: levels counted by the zeros of ψ, features of any size.

Elements come from a look at V of the reference's own. Where ψ is negligible, behind a wall, they are as long
as the wall; elsewhere each holds little phase. The whole is done again on elements half as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from scipy.optimize import brentq

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.look import Look
from sciml.quantum.references.eigenpairs import Eigenpairs
from sciml.quantum.references.propagators import (
    NODES,
    Mesh,
    Propagated,
    count_zeros,
    from_left,
    from_right,
    mismatch,
    propagate,
    starts,
)
from sciml.quantum.semiclassical import weyl

EPS = float(np.finfo(np.float64).eps)
PHASE = 2.0  # largest √|q| of an element: of a swing of ψ
DEAD = 40.0  # tunnelling action beyond which ψ, below 4e-18, needs no elements of its own
DEEPEST = 100  # steps down to below the lowest state, each three times the last
LARGEST = 40_000  # elements
ROUNDING = 32.0  # of what was summed for an energy, in units of rounding
SHORTEST = 2.0**-44  # of the box
CITATION = "J. D. Pryce, Numerical Solution of Sturm-Liouville Problems, Oxford (1993)"

Function = Callable[[Array], Array]


def shooting(
    potential: Function, look: Look, states: int, kinetic: Function | float, edges: Array | None = None
) -> Eigenpairs:
    """Return the lowest states by shooting from both ends.

    Args:
        potential: V, from points (n,) inside the box to (n,).
        look: What was seen of V.
        states: How many states, from the lowest.
        kinetic: The coefficient c, a number or a function as V.
        edges: Where elements begin: of the pieces on which V and c are smooth; None takes those of the look.

    Raises:
        ArgumentError: Where ψ would need more elements than fit in memory.
    """
    first, last = window(look, states, kinetic)
    mesh = elements(potential, look, look.edges if edges is None else edges, kinetic, (first, last))
    while True:
        levels = np.array(Levels(mesh, look.floor, last).lowest(states + 1))
        finer = elements(potential, look, mesh.edges, kinetic, (levels[0], levels[-2]))
        if len(finer.edges) == len(mesh.edges):
            break
        mesh = finer
    fine = filled(potential, halved(mesh.edges), kinetic)
    finer_levels = np.array(Levels(fine, look.floor, last).lowest(states + 1))
    return _pairs(mesh, fine, levels, finer_levels)


def window(look: Look, states: int, kinetic: Function | float) -> tuple[float, float]:
    """Return the energies below which Weyl's law counts one state, and one more than are wanted."""
    values, weights = look.values.ravel(), look.weights.ravel()
    seen = _sampled(kinetic, look.x).ravel()
    first, last = (weyl(values, weights, seen, count, look.interval.length) for count in (1, states + 1))
    return first, last


def _pairs(mesh: Mesh, fine: Mesh, levels: Array, finer: Array) -> Eigenpairs:
    coarse, waves = (Waves.of(grid, each[:-1]) for grid, each in ((mesh, levels), (fine, finer)))
    gaps = np.diff(finer, prepend=-np.inf)
    nearest = np.minimum(gaps[:-1], gaps[1:])
    parts = waves.parts(fine, finer[:-1])
    mixing = ROUNDING * EPS * parts / np.maximum(nearest, EPS * parts)
    return Eigenpairs(
        energies=finer[:-1],
        errors=np.abs(finer - levels)[:-1] + ROUNDING * EPS * parts,
        wave_errors=np.minimum(waves.distance(coarse, fine) + mixing + ROUNDING * EPS, 1.0),
        wave=waves,
        method=f"shooting through {len(fine.halves)} elements, levels by their zeros",
        citation=CITATION,
    )


def elements(
    potential: Function, look: Look, edges: Array, kinetic: Function | float, energies: tuple[float, float]
) -> Mesh:
    """Return elements that hold little phase at both energies where ψ is not negligible."""
    actions = [look.actions(_sampled(kinetic, look.x), energy) for energy in energies]
    while True:
        mesh = filled(potential, edges, kinetic)
        coarse = np.zeros(len(mesh.halves), bool)
        for energy, seen in zip(energies, actions, strict=True):
            action, inside = np.interp(edges, *seen), np.interp(_points(edges), *seen).min(axis=1)
            wavenumber = np.sqrt((np.abs(mesh.potential - energy) / mesh.kinetic).max(axis=1))
            coarse |= (mesh.halves * wavenumber > PHASE) & (
                np.minimum(np.minimum(action[:-1], action[1:]), inside) < DEAD
            )
        coarse &= mesh.halves > SHORTEST * look.interval.length
        if not coarse.any():
            return mesh
        if len(edges) + coarse.sum() > LARGEST:
            raise ArgumentError(
                f"potential: its states need more than {LARGEST} elements in this box; take a smaller box, "
                "fewer states or other units"
            )
        edges = np.sort(np.concatenate([edges, 0.5 * (edges[:-1] + edges[1:])[coarse]]))


def halved(edges: Array) -> Array:
    """Return edges of elements half as long."""
    middles = 0.5 * (edges[:-1] + edges[1:])
    return np.unique(np.concatenate([edges, middles]))


def _points(edges: Array) -> Array:
    nodes = legendre.leggauss(NODES)[0]
    left, right = edges[:-1, None], edges[1:, None]
    x = left + (right - left) * (0.5 * (1 + nodes))
    return np.clip(x, np.nextafter(left, right), np.nextafter(right, left))


def filled(potential: Function, edges: Array, kinetic: Function | float) -> Mesh:
    """Return the mesh of some elements, V and c seen at their Gauss points."""
    x = _points(edges)
    return Mesh(edges, potential(x.ravel()).reshape(x.shape), _sampled(kinetic, x))


def _sampled(kinetic: Function | float, x: Array) -> Array:
    """Return c at points (m, n)."""
    return kinetic(x.ravel()).reshape(x.shape) if callable(kinetic) else np.full(x.shape, kinetic)


class Levels:
    """The levels of a mesh, isolated by counting and found as roots of the mismatch in the middle."""

    def __init__(self, mesh: Mesh, floor: float, top: float) -> None:
        self.mesh = mesh
        self.counts: dict[float, int] = {}
        self.low, self.high = floor, top
        while self.count(self.low) > 0:
            self.low -= 2 * (self.high - self.low)
            if len(self.counts) > DEEPEST:
                raise ArgumentError(
                    "potential: has no lowest state; expected one that falls less than −c/4x²"
                )

    def count(self, energy: float) -> int:
        """Return how many levels lie below an energy."""
        if energy not in self.counts:
            steps = propagate(self.mesh, energy)
            self.counts[energy] = count_zeros(steps, from_left(steps))
        return self.counts[energy]

    def lowest(self, states: int) -> list[float]:
        """Return the lowest levels, ascending."""
        while self.count(self.high) < states:
            self.high += self.high - self.low
        return [self._level(state) for state in range(states)]

    def _level(self, state: int) -> float:
        low, high = self._bracket(state)
        while self.counts[low] < state or self.counts[high] > state + 1:
            middle = 0.5 * low + 0.5 * high
            if not low < middle < high:  # closer to the next level than floating-point numbers are
                return high
            low, high = (middle, high) if self.count(middle) <= state else (low, middle)
        return self._root(low, high)

    def _bracket(self, state: int) -> tuple[float, float]:
        return (
            max(energy for energy, count in self.counts.items() if count <= state),
            min(energy for energy, count in self.counts.items() if count > state),
        )

    def _root(self, low: float, high: float) -> float:
        middle = 0.5 * low + 0.5 * high
        edge, unit = _joint(self.mesh, propagate(self.mesh, middle), middle)

        def off(energy: float) -> float:
            steps = propagate(self.mesh, energy)
            return float(mismatch(from_left(steps), from_right(steps), unit, edge))

        ends = [off(low), off(high)]
        if ends[0] * ends[1] > 0:
            return self._bisected(low, high)
        return float(brentq(off, low, high, xtol=1e-300, rtol=4 * EPS))

    def _bisected(self, low: float, high: float) -> float:
        below = self.count(low)
        while low < (middle := 0.5 * low + 0.5 * high) < high:
            low, high = (middle, high) if self.count(middle) <= below else (low, middle)
        return high


def _joint(mesh: Mesh, steps: Propagated, energy: float) -> tuple[int, float]:
    """Return the edge inside where the solutions from both ends agree best, and the unit of slopes there.

    It is one of a part of the box where V is below the energy: ψ is lost in rounding elsewhere.
    """
    excess = (mesh.potential.mean(axis=1) - energy) / mesh.unit
    allowed = (excess[:-1] < 0) | (excess[1:] < 0)
    units = np.sqrt(np.maximum(np.abs(excess[:-1]), np.abs(excess[1:]))) + 1 / (
        mesh.edges[-1] - mesh.edges[0]
    )
    off = np.abs(mismatch(from_left(steps), from_right(steps), units, slice(1, -1)))
    best = int(np.where(allowed | ~allowed.any(), off, np.inf).argmin())
    return best + 1, float(units[best])


@dataclass(frozen=True)
class Waves:
    """Wavefunctions as Legendre series on the elements, (m, NODES, K)."""

    edges: Array
    values: Array
    modes: Array

    @classmethod
    def of(cls, mesh: Mesh, levels: Array) -> Waves:
        """Return the states at given energies, normalised, rising at the left end."""
        values = np.stack([_wave(mesh, float(energy)) for energy in levels], axis=-1)
        nodes = legendre.leggauss(NODES)[0]
        to_modes = np.linalg.inv(legendre.legvander(nodes, NODES - 1))
        return cls(mesh.edges, values, np.einsum("jn,mnk->mjk", to_modes, values))

    def __call__(self, x: Array) -> Array:
        """Return the wavefunctions at `x`, (n, K); zero outside the box."""
        owner = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.modes) - 1)
        left, right = self.edges[owner], self.edges[owner + 1]
        s = np.clip((2 * x - left - right) / (right - left), -1.0, 1.0)
        shapes = legendre.legvander(s, NODES - 1)
        inside = (x >= self.edges[0]) & (x <= self.edges[-1])
        return np.stack(
            [inside * (shapes * self.modes[owner, :, k]).sum(axis=1) for k in range(self.modes.shape[2])],
            axis=-1,
        )

    def distance(self, other: Waves, mesh: Mesh) -> Array:
        """Return the L2 distance to other wavefunctions, on a mesh that has this one's elements."""
        weights = _weights(mesh)
        theirs = other(_points(mesh.edges).ravel()).reshape(self.values.shape)
        signs = np.where(np.einsum("mn,mnk,mnk->k", weights, theirs, self.values) < 0, -1.0, 1.0)
        return np.asarray(np.sqrt(np.einsum("mn,mnk->k", weights, (self.values - signs * theirs) ** 2)))

    def parts(self, mesh: Mesh, levels: Array) -> Array:
        """Return <T> + <|V|> of each state, the size of what its energy is the sum of."""
        density = _weights(mesh)[..., None] * self.values**2
        mean = np.einsum("mn,mnk->k", mesh.potential, density)
        return np.asarray(np.abs(levels - mean) + np.einsum("mn,mnk->k", np.abs(mesh.potential), density))


def _weights(mesh: Mesh) -> Array:
    return np.asarray(mesh.halves[:, None] * legendre.leggauss(NODES)[1])


def _wave(mesh: Mesh, energy: float) -> Array:
    """Return ψ at the Gauss points of all elements, (m, NODES), normalised, rising at the left end."""
    steps = propagate(mesh, energy)
    left, right = from_left(steps), from_right(steps)
    edge, _ = _joint(mesh, steps, energy)
    agree = 1.0 if left.vectors[edge] @ right.vectors[edge] > 0 else -1.0
    sizes = np.exp(left.logs[:edge] - left.logs[edge]), agree * np.exp(right.logs[edge:-1] - right.logs[edge])
    begin = np.concatenate([starts(steps, left)[:edge], starts(steps, right)[edge:]])
    values = (steps.inside @ (begin * np.concatenate(sizes)[:, None])[..., None])[..., 0]
    values[steps.growth > 0] = 0.0  # ψ is negligible behind such walls
    return np.asarray(values / np.sqrt((_weights(mesh) * values**2).sum()))

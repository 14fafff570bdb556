"""Bound states of any piecewise-smooth potential on spectral elements aligned with its interfaces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.look import take_look
from sciml.quantum.references.adaptive import Settled, adapt, compare, mixing, size_of
from sciml.quantum.references.eigenpairs import Eigenpairs
from sciml.quantum.references.elements import Medium, Ritz, solve
from sciml.quantum.references.inputs import (
    Profile,
    energy_unit,
    region_edges,
    sample,
    sample_kinetic,
)
from sciml.quantum.references.polynomials import shapes
from sciml.quantum.references.signs import left_signs

_EPS = float(np.finfo(np.float64).eps)
_LONGER = float(np.finfo(np.longdouble).eps) < _EPS  # if not, small Gauss weights lose digits
_ROUNDING = (32.0 if _LONGER else 1024.0) * _EPS  # of what was summed for an energy
NARROW = 2.0**-11  # of the box: features that elements of the first mesh may miss
_CITATION = "B. Szabo and I. Babuska, Finite Element Analysis, Wiley (1991)"


def spectral_elements(
    potential: Profile,
    domain: Sequence[float],
    states: int,
    interfaces: ArrayLike | None = None,
    kinetic: Profile | float = 1.0,
    order: int | None = None,
) -> Eigenpairs:
    r"""Return the lowest states of $-(c\,\psi')' + V\psi = E\psi$ to near rounding.

    The weak form $\int c\,\psi'v' + V\psi v\,dx = E\int\psi v\,dx$ needs no matching at jumps of V or c, as
    long as they lie between elements. The error is what changes from the last order to this one, plus a
    rounding floor. Where no interfaces are named, jumps, kinks and narrow features of V are looked for, as
    `sciml.quantum.look` does, and elements begin there. One that is not named among others shows as slow
    convergence: the elements around it are then divided, and what remains is in the error.

    Args:
        potential: V as a function of an array of positions.
        domain: The ends of the box (left, right).
        states: How many states, from the lowest.
        interfaces: Positions of the jumps and kinks of V and c, () where there are none; None looks for them.
        kinetic: The coefficient c, positive: a number or a function of an array of positions.
        order: The polynomial degree in each element; None raises it until the energies settle.

    >>> pairs = spectral_elements(lambda x: 0.5 * x**2, (-7, 7), states=3, kinetic=0.5)
    >>> pairs.energies.round(10).tolist()
    [0.5, 1.5, 2.5]
    """
    edges = region_edges(domain, () if interfaces is None else interfaces)
    count = check_count("states", states, 1)
    medium = _medium(potential, kinetic, edges)
    if order is None:
        mesh = np.union1d(edges, _features(medium, edges, count)) if interfaces is None else edges
        return _finish(medium, adapt(medium, mesh, count), edges)
    degree = check_count("order", order, 2)
    if size_of(edges, degree) <= count:
        got = f"{degree} on {len(edges) - 1} elements"
        raise ArgumentError(f"order: got {got}, expected enough for {count} states")
    coarse = solve(medium, edges, degree, count)
    return _finish(medium, compare(coarse, solve(medium, edges, degree + 4, count), keep_fine=False), edges)


def _medium(potential: Profile, kinetic: Profile | float, edges: Array) -> Medium:
    """Return the problem with its units: the box is 1 long and the largest c is 1."""
    probe = edges[:-1] + 0.5 * np.diff(edges)
    largest = float(sample_kinetic(kinetic, probe).max())
    length = float(edges[-1] - edges[0])
    return Medium(potential, kinetic, length, largest, energy_unit(largest, length))


def _features(medium: Medium, edges: Array, states: int) -> Array:
    """Return where V jumps or has a kink, and the ends of narrow features; none where all is rough."""
    box = Interval(float(edges[0]), float(edges[-1]))

    def potential(x: Array) -> Array:
        return sample("potential", medium.potential, x)

    try:
        look = take_look(potential, box, medium.kinetic_unit, states, search=True)
    except ArgumentError:
        return np.empty(0)
    if any(look.singular):
        return np.array(look.interval.interfaces)
    narrow = np.diff(look.edges) < NARROW * box.length
    return np.concatenate([look.interval.interfaces, look.edges[:-1][narrow], look.edges[1:][narrow]])


def _finish(medium: Medium, settled: Settled, declared: Array) -> Eigenpairs:
    """Return a solution in the units of the user, with errors and signs."""
    ritz = settled.ritz
    local = ritz.local * (_signs(ritz, settled.wave_change) / math.sqrt(medium.length))
    return Eigenpairs(
        energies=medium.energy_unit * ritz.energies,
        errors=medium.energy_unit
        * (settled.change + _ROUNDING * ritz.parts + 4.0 * _EPS * _placement(ritz, declared)),
        wave_errors=np.minimum(settled.wave_change + 4.0 * _EPS * mixing(ritz), 1.0),
        wave=partial(_sample, ritz.edges, local),
        method=f"spectral elements, {len(ritz.edges) - 1} of order {ritz.local.shape[1] - 1}",
        citation=_CITATION,
    )


def _placement(ritz: Ritz, declared: Array) -> Array:
    """Return by how much the energies follow the places of undeclared jumps, which are rounded."""
    jumps = np.abs(ritz.grid.potential[1:, 0] - ritz.grid.potential[:-1, -1])
    jumps[np.isin(ritz.edges[1:-1], declared)] = 0.0
    reach = np.abs(ritz.edges).max() / (ritz.edges[-1] - ritz.edges[0])
    return np.asarray(reach * (jumps @ ritz.local[1:, 0] ** 2))


def _signs(ritz: Ritz, noise: Array) -> Array:
    """Return the factors that give each state a positive slope at the left end."""
    length = ritz.edges[-1] - ritz.edges[0]
    x = np.concatenate(([0.0], (ritz.grid.x.ravel() - ritz.edges[0]) / length))
    psi = ritz.values.reshape(len(x) - 1, -1)
    return left_signs(x, psi, ritz.grid.potential.ravel(), ritz.grid.kinetic.ravel(), ritz.energies, noise)


def _sample(edges: Array, local: Array, x: Array) -> Array:
    """Return the wavefunctions at `x`; zero outside the box."""
    values = np.zeros((len(x), local.shape[2]))
    inside = (x >= edges[0]) & (x <= edges[-1])
    element_of = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    for element in np.unique(element_of[inside]):
        here = inside & (element_of == element)
        left, right = edges[element], edges[element + 1]
        s = ((x[here] - left) - (right - x[here])) / (right - left)
        values[here] = shapes(s, local.shape[1] - 1) @ local[element]
    return values

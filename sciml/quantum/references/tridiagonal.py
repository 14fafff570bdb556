"""One solve of the three-point scheme on a uniform grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.linalg import eigh_tridiagonal

from sciml.numerics.domains import Array
from sciml.quantum.references.inputs import Profile, energy_unit, sample, sample_kinetic
from sciml.quantum.references.polynomials import gauss
from sciml.quantum.references.signs import left_signs


@dataclass(frozen=True)
class Tridiagonal:
    """States at the interior nodes, normalised, and what is needed to judge them."""

    x: Array
    psi: Array
    energies: Array
    parts: Array  # <T> + <|V|>, the size of what was summed
    doubt: Array  # by how much the energies depend on the way V was averaged or sampled
    levels: Array  # the energies and that of one state more
    stiffness: float  # the norm of the matrix


def solve(
    potential: Profile, kinetic: Profile | float, edges: Array, points: int, states: int, average: bool
) -> Tridiagonal:
    """Return the lowest states on a grid of `points` interior nodes."""
    length = float(edges[-1] - edges[0])
    step = length / (points + 1)
    nodes = edges[0] + step * np.arange(points + 2)
    nodes[-1] = edges[-1]
    middles = 0.5 * (nodes[:-1] + nodes[1:])
    values, doubt = _potential(potential, edges, nodes, middles, average)
    between = _kinetic(kinetic, edges, nodes, middles, average)
    unit = energy_unit(float(between.max()), length)
    coupling = between / float(between.max()) * (points + 1.0) ** 2
    scaled = values / unit
    levels, vectors = _lowest(coupling, scaled, min(states + 1, points))
    vectors = vectors[:, :states]
    energies, parts = _rayleigh(coupling, scaled, vectors)
    x = (nodes[:-1] - edges[0]) / length
    signs = left_signs(x, vectors, scaled, between[1:] / float(between.max()), energies)
    uncertain = doubt @ vectors**2 + unit * _placement(scaled, vectors**2)
    stiffness = unit * float(4.0 * coupling.max() + np.ptp(scaled))
    psi = vectors * (signs / np.sqrt(step))
    return Tridiagonal(nodes[1:-1], psi, unit * energies, unit * parts, uncertain, unit * levels, stiffness)


def _lowest(coupling: Array, values: Array, states: int) -> tuple[Array, Array]:
    """Return the lowest eigenpairs of the matrix of the scheme."""
    diagonal = coupling[:-1] + coupling[1:] + values
    wanted = (0, states - 1)
    levels, vectors = eigh_tridiagonal(diagonal, -coupling[1:-1], select="i", select_range=wanted)
    return np.asarray(levels, np.float64), np.asarray(vectors, np.float64)


def _rayleigh(coupling: Array, values: Array, vectors: Array) -> tuple[Array, Array]:
    """Return Rayleigh quotients, which shed the rounding of the large matrix, and the same with |V|."""
    jumps = np.diff(vectors, axis=0, prepend=0.0, append=0.0)
    kinetic, mass = coupling @ jumps**2, (vectors**2).sum(axis=0)
    return (kinetic + values @ vectors**2) / mass, (kinetic + np.abs(values) @ vectors**2) / mass


def _placement(values: Array, density: Array) -> Array:
    """Return by how much the energies may depend on where within their cells the jumps of V lie."""
    return np.abs(values[2:] - values[:-2]) @ np.abs(density[2:] - density[:-2]) / 32.0


def _potential(
    potential: Profile, edges: Array, nodes: Array, middles: Array, average: bool
) -> tuple[Array, Array]:
    """Return V for each interior node, and how much it would differ were it taken otherwise."""
    profile = partial(sample, "potential", potential)
    if not average:
        values = profile(nodes[1:-1])
        return values, np.abs(np.diff(values, prepend=values[0])) + np.abs(np.diff(values, append=values[-1]))
    means = _means(profile, edges, middles, 4)
    return means, np.abs(means - _means(profile, edges, middles, 3))


def _kinetic(kinetic: Profile | float, edges: Array, nodes: Array, middles: Array, average: bool) -> Array:
    """Return c between the nodes: its harmonic mean, or a sample."""
    if not average:
        return sample_kinetic(kinetic, middles)
    return 1.0 / _means(lambda x: 1.0 / sample_kinetic(kinetic, x), edges, nodes, 4)


def _means(profile: Callable[[Array], Array], edges: Array, bounds: Array, order: int) -> Array:
    """Return the means between consecutive bounds, by Gauss quadrature split at the edges in between."""
    inner = edges[(edges > bounds[0]) & (edges < bounds[-1])]
    breaks = np.union1d(bounds, inner)
    nodes, weights = gauss(order)
    left, right = breaks[:-1, None], breaks[1:, None]
    x = np.clip(
        left + 0.5 * (right - left) * (1 + nodes), np.nextafter(left, right), np.nextafter(right, left)
    )
    pieces = (profile(x) * (0.5 * (right - left) * weights)).sum(axis=1)
    return np.add.reduceat(pieces, np.searchsorted(breaks, bounds[:-1])) / np.diff(bounds)

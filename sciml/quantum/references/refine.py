"""Where to cut the elements that carry most of the error, and where an undeclared jump or kink of V hides."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.legendre import legvander

from sciml.numerics.domains import Array
from sciml.quantum.references.elements import Medium, Ritz
from sciml.quantum.references.inputs import sample
from sciml.quantum.references.polynomials import legendre_series, shapes

_ZOOM = 33  # points of an interval at each step of the zoom, which narrows it to a sixteenth
_NARROWEST = 1e-12  # of the box: elements not cut again
_BLAMED = 0.01  # of the largest error: elements with more are cut
_PROBES = 4096  # points at which V is sampled for what the quadrature has missed, in all elements
_FEWEST = 32  # of them in each
_MISSED = 1e-9  # of an energy: what may be missed
_SMOOTH = 4.0  # largest bend over the median one of a V without a jump or kink
_SINGULAR = 2.0  # growth of V's range at a zoom that only a singularity has


def divide(medium: Medium, ritz: Ritz) -> Array:
    """Return the mesh with the elements to blame cut: at trouble in V and in the middle, or in four."""
    modes, potential = ritz.indicators()
    blame = np.where(np.diff(ritz.edges) > _NARROWEST * medium.length, modes + potential, 0.0)
    cuts = [ritz.edges]
    for element in np.flatnonzero(blame > _BLAMED * blame.max()):
        left, right = ritz.edges[element : element + 2]
        quarters = left + (right - left) * np.array([0.25, 0.5, 0.75])
        unresolved = potential[element] > modes[element]
        cuts.append(np.array([locate(medium, left, right), quarters[1]]) if unresolved else quarters)
    return np.unique(np.concatenate(cuts))


def overlooked(medium: Medium, ritz: Ritz) -> Array:
    """Return cuts around what all quadrature points of a mesh have missed, such as a narrow dip; mostly none.

    V is sampled densely and compared with the polynomials through the quadrature points.
    """
    t = _probes(max(_FEWEST, _PROBES // len(ritz.grid.x)))
    s, left, right = 2.0 * t - 1.0, ritz.edges[:-1, None], ritz.edges[1:, None]
    x = np.clip(left + (right - left) * t, np.nextafter(left, right), np.nextafter(right, left))
    potential = sample("potential", medium.potential, x) / medium.energy_unit
    departure = potential - legendre_series(ritz.grid.potential) @ legvander(s, ritz.grid.x.shape[1] - 1).T
    density = ((shapes(s, ritz.local.shape[1] - 1) @ ritz.local) ** 2 / ritz.parts).max(axis=2)
    share = np.abs(departure) * density * (right - left) / medium.length * np.gradient(t)
    if share.sum() <= _MISSED:
        return np.empty(0)
    first, last = _run(np.abs(departure).ravel(), int(share.argmax()))
    flat = np.concatenate((ritz.edges[:1], x.ravel(), ritz.edges[-1:]))
    return np.array([locate(medium, *flat[i : i + 2]) for i in (first, last + 1)])


def _probes(count: int) -> Array:
    """Return probe points in (0, 1): evenly spaced, and ever closer to the ends, where slivers would hide."""
    ends = 10.0 ** np.arange(-13, -2)
    return np.unique(np.concatenate((ends, 1.0 - ends, np.linspace(0.0, 1.0, count + 2)[1:-1])))


def _run(size: Array, worst: int) -> tuple[int, int]:
    """Return the first and last index of the run around `worst` where at least half its size is reached."""
    small = np.flatnonzero(size < 0.5 * size[worst])
    before, after = small[small < worst], small[small > worst]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) - 1 if after.size else len(size) - 1


def locate(medium: Medium, left: float, right: float) -> float:
    """Return where V changes its slope most between two positions, by zooming in on a jump or kink.

    A smooth V, or one that grows without bounds towards a singularity, ends the zoom early.

    >>> hidden = Medium(lambda x: np.where(x < 0.3, 0.0, 20.0), 1.0, 1.0, 1.0, 1.0)
    >>> round(locate(hidden, 0.0, 1.0), 14)
    0.3
    """
    closest = 8.0 * float(np.spacing(max(abs(left), abs(right))))
    spread = np.inf
    while right - left > closest:
        margin = 1e-12 * (right - left)
        x = np.linspace(left + margin, right - margin, _ZOOM)
        x = np.clip(x, np.nextafter(left, right), np.nextafter(right, left))
        values = sample("potential", medium.potential, x)
        bend = np.abs(np.diff(values, n=2))
        if bend.max() <= _SMOOTH * np.median(bend) or np.ptp(values) > _SINGULAR * spread:
            break
        spread = float(np.ptp(values))
        worst = int(bend.argmax()) + 1
        left, right = float(x[worst - 1]), float(x[worst + 1])
    return 0.5 * (left + right)

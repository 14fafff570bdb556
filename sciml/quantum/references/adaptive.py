"""Adaptive spectral elements: raise the order where that helps, divide the elements where it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sciml.numerics.domains import Array
from sciml.quantum.references.elements import Medium, Ritz, solve
from sciml.quantum.references.polynomials import gauss, shapes
from sciml.quantum.references.refine import divide, overlooked

_EPS = float(np.finfo(np.float64).eps)
_TARGET = 1e-13  # change of an energy, of what was summed for it, that is rounding or nearly so
_WAVE_TARGET = 1e-10  # change of a wavefunction in L2 that is
_LARGEST = 640  # basis functions of a mesh that is refined; the eigenproblem is dense
_PATIENCE = 60  # basis functions below which a slow gain is not yet a stall
_GAIN = 0.1  # of the last change: a refinement that leaves more has stalled
_FIRST = (6, 16, 320)  # least and largest degree to begin with, and the basis functions it is chosen for
_SPARE = 8  # basis functions beyond twice the states, so that the highest state is not the basis's last


@dataclass(frozen=True)
class Settled:
    """A solution and how much its energies and its wavefunctions changed at the last refinement."""

    ritz: Ritz
    change: Array
    wave_change: Array

    @property
    def relative(self) -> float:
        """The largest change of an energy, relative to the energies that were summed."""
        return float((self.change / self.ritz.parts).max())

    @property
    def settled(self) -> bool:
        """Whether what still changes in the energies is rounding, or nearly so."""
        return self.relative <= _TARGET

    @property
    def waves_settled(self) -> bool:
        """Whether what still changes in the wavefunctions is rounding, or nearly so."""
        return bool((self.wave_change <= _WAVE_TARGET + 8.0 * _EPS * mixing(self.ritz)).all())


def adapt(medium: Medium, edges: Array, states: int) -> Settled:
    """Raise the order until the energies settle; where that stalls, divide the elements to blame."""
    best = _climb(medium, edges, states)
    while (finer := _next_mesh(medium, best)) is not None:
        before, best = best.ritz.energies, _climb(medium, finer, states, best.ritz)
        moved = np.abs(best.ritz.energies - before)
        if best.settled and (moved <= _TARGET * best.ritz.parts).all():
            break
        if not best.settled:
            best = replace(best, change=np.maximum(best.change, moved))
    return best


def _next_mesh(medium: Medium, best: Settled) -> Array | None:
    """Return a finer mesh, or None where none is needed or it would be too large."""
    present = best.ritz.edges
    edges = np.union1d(present, overlooked(medium, best.ritz)) if best.settled else divide(medium, best.ritz)
    limit = 4 * _LARGEST if best.settled else _LARGEST
    too_large = len(present) > 2 and size_of(edges, 20) > limit
    return None if too_large or len(edges) == len(present) else edges


def _climb(medium: Medium, edges: Array, states: int, before: Ritz | None = None) -> Settled:
    """Raise the order on one mesh until energies and wavefunctions settle, or no longer gain."""
    count = len(edges) - 1
    least, most, functions = _FIRST
    degree, limit = min(most, max(least, functions // count)), max(_LARGEST // 2, 12 * count)
    while size_of(edges, degree) < 2 * states + _SPARE:
        degree += 4
    coarse, last = solve(medium, edges, degree, states, before), np.inf
    while True:
        degree += max(4, degree // 4)
        best = compare(coarse, solve(medium, edges, degree, states, coarse))
        stalled = best.relative > _GAIN * last and size_of(edges, degree) > _PATIENCE
        done = best.settled and (best.waves_settled or best.relative > _GAIN * last)
        if done or stalled or size_of(edges, degree) > limit:
            return best
        coarse, last = best.ritz, best.relative


def compare(coarse: Ritz, fine: Ritz, keep_fine: bool = True) -> Settled:
    """Return one of two solutions on one mesh, with the changes between them."""
    nodes = gauss(fine.grid.x.shape[1])[0]
    before = shapes(nodes, coarse.local.shape[1] - 1) @ coarse.local
    weights = fine.grid.weights[..., None]
    before = before * np.sign((weights * before * fine.values).sum(axis=(0, 1)))
    wave_change = np.sqrt((weights * (before - fine.values) ** 2).sum(axis=(0, 1)))
    change = np.abs(fine.energies - coarse.energies)
    return (
        Settled(fine, change, wave_change) if keep_fine else Settled(coarse, 2.0 * change, 2.0 * wave_change)
    )


def size_of(edges: Array, degree: int) -> int:
    """Return the number of basis functions."""
    return (len(edges) - 1) * degree - 1


def mixing(ritz: Ritz) -> Array:
    """Return by how much neighbouring states magnify rounding: the inverse gaps of the solved problem."""
    levels = np.append(ritz.energies, ritz.next_energy) - ritz.shift
    ratios = levels[0] / levels
    gaps = -np.diff(ratios, prepend=np.inf)
    return np.asarray(1.0 + 1.0 / np.maximum(np.minimum(gaps[:-1], gaps[1:]), _EPS))

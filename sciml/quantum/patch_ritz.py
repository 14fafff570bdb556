"""Rayleigh–Ritz in the units of `patches`: sparse matrices, any number of panels of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
import torch
from numpy.polynomial import legendre
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.equation import WellEquation
from sciml.quantum.panels import Panels
from sciml.quantum.patches import DEGREE, Patches, local_units, times_power
from sciml.quantum.semiclassical import height, level_gap

POINTS = 16  # Gauss points of a panel
REFINEMENTS = 5  # of the panels, at most
BLAMED = 0.03  # of the largest residual: panels with more are halved
GAIN = 0.5  # of the last error: what more of is left has stalled
SETTLED = 1e-13  # residual²/gap, of a state's height, that is rounding in its energy
WAVE = 1e-8  # residual over gap: an error of ψ that will do
SEPARATE = 1e-6  # of a level's height: closer levels are one
MOST = 20_000  # panels
CLIMBS = 20  # of the shift, at most
STEP = 0.1  # of the distance to the lowest level that is left by one climb
ROUGHLY = 1e-3  # relative error of an eigenvalue that will do for that
SPARE = 12  # vectors of the search beyond twice the states


@dataclass(frozen=True)
class Local:
    """Units (m, n, degree+1) and slopes in y at the points of each panel, weights, V and κ²/c there."""

    values: Array
    slopes: Array
    curves: Array
    weights: Array
    potential: Array
    stiffness: Array


@dataclass(frozen=True)
class Solved:
    """States on given panels: energies (K+1,), Legendre coefficients, what is to blame on each panel (m,).

    The `error` is the largest residual, over what is allowed.
    """

    energies: Array
    modes: NDArray[Any]
    blame: Array
    error: float


@dataclass(frozen=True)
class PatchStates:
    """The lowest states: energies (K,), that of one state more, modes (m, degree+1, K), and a function each.

    Modes of Bloch states are complex; their functions are the real parts.
    """

    panels: Panels
    energies: Array
    next_energy: float
    modes: NDArray[Any]
    waves: tuple[Patches, ...]
    curve: dict[str, list[float]]


def patch_states(well: WellEquation) -> PatchStates:
    """Return the lowest states on panels that are halved where the residual is largest."""
    panels, best, rows = well.local_panels, None, []
    for _ in range(REFINEMENTS + 1):
        solved = _lowest(well, panels)
        rows.append([float(len(panels.need)), *solved.energies[: well.states]])
        if best is not None and solved.error > GAIN * best[1].error:
            break
        best = panels, solved
        if solved.error <= 1 or len(panels.need) > MOST:
            break
        panels = panels.halved(solved.blame > BLAMED * solved.blame.max())
    assert best is not None
    return _states(well, *best, np.array(rows).T.tolist())


def _states(well: WellEquation, panels: Panels, solved: Solved, columns: list[list[float]]) -> PatchStates:
    edges = torch.from_numpy(well.y(panels.edges))
    waves = tuple(
        Patches(edges.clone(), torch.from_numpy(solved.modes[..., n].real.copy()), well.exponents)
        for n in range(well.states)
    )
    curve = {"basis": columns[0]} | {f"E{n}": column for n, column in enumerate(columns[1:])}
    return PatchStates(panels, solved.energies[:-1], float(solved.energies[-1]), solved.modes, waves, curve)


def _local(well: WellEquation, panels: Panels) -> Local:
    s, x, weights = panels.points(POINTS)
    edges, y = well.y(panels.edges), well.y(x)
    if well.coordinate is not None:
        s = ((y - edges[:-1, None]) - (edges[1:, None] - y)) / np.diff(edges)[:, None]
    half, shapes, units = 0.5 * np.diff(edges), np.eye(DEGREE + 1), local_units()
    tables = legendre.legvander(s, DEGREE)
    scaled = _unit_slopes(edges)
    values, slopes, curves = (
        tables[..., : DEGREE + 1 - m]
        @ (legendre.legder(shapes, m, axis=0) if m else shapes)
        @ units
        * scaled[:, None]
        / half[:, None, None] ** m
        for m in range(3)
    )
    jet = values, slopes, curves
    ends = (y - edges[0], 1.0), (edges[-1] - y, -1.0)
    for (distance, toward), exponent in zip(ends, well.exponents, strict=True):
        jet = times_power(jet, distance[..., None], toward, exponent) if exponent else jet
    return Local(
        *jet,
        weights,
        well.potential_energy(x.ravel()).reshape(x.shape),
        well.stiffness(x.ravel()).reshape(x.shape),
    )


def _unit_slopes(edges: Array) -> Array:
    """Return what a panel's units are multiplied by (m, degree+1): slopes at an edge are in one unit."""
    half = 0.5 * np.diff(edges)
    shorter = np.minimum(np.append(half, half[-1]), np.append(half[0], half))
    scaled = np.ones((len(half), DEGREE + 1))
    scaled[:, 1], scaled[:, 3] = half / shorter[:-1], half / shorter[1:]
    return scaled


def _numbers(count: int, exponents: tuple[float, float]) -> NDArray[np.intp]:
    """Return the number of each panel's units in the whole (m, degree+1), −1 for ψ at the ends.

    Where a power makes ψ zero, there is no need.
    """
    inner = DEGREE - 3
    first = 2 * (count + 1) + inner * np.arange(count)
    edges = 2 * np.arange(count)[:, None] + np.arange(4)
    numbers = np.hstack([edges, first[:, None] + np.arange(inner)])
    for panel, unit, exponent in ((0, 0, exponents[0]), (-1, 2, exponents[1])):
        if not exponent:
            numbers[panel, unit] = -1
    return numbers


def _lowest(well: WellEquation, panels: Panels) -> Solved:
    """Return the lowest states, normalised."""
    local = _local(well, panels)
    dofs, levels, following = _eigenvectors(well, panels, local)
    weights = local.weights[..., None]
    psi, slope, curve = (
        np.einsum("mni,mik->mnk", part, dofs) for part in (local.values, local.slopes, local.curves)
    )
    norm = (weights * np.abs(psi) ** 2).sum(axis=(0, 1))
    kinetic = (weights * local.stiffness[..., None] * np.abs(slope) ** 2).sum(axis=(0, 1)) / norm
    energies = (
        levels
        + kinetic
        + (weights * (local.potential[..., None] - levels) * np.abs(psi) ** 2).sum(axis=(0, 1)) / norm
    )
    order = np.argsort(energies)
    residual = (local.potential[..., None] - energies) * psi - local.stiffness[..., None] * curve
    squares = ((weights * np.abs(residual) ** 2).sum(axis=1) / norm)[:, order]
    modes = np.einsum(
        "ji,mik->mjk", local_units(), _unit_slopes(well.y(panels.edges))[..., None] * dofs
    ) / np.sqrt(norm)
    levels = np.append(energies[order], following)
    blame, error = _judged(well, levels, kinetic[order], squares)
    return Solved(levels, modes[..., order], blame, error)


def _judged(well: WellEquation, energies: Array, kinetic: Array, squares: Array) -> tuple[Array, float]:
    """Return each panel's share of the residuals, and the largest residual, in what is allowed."""
    states = well.states
    heights = np.maximum(height(energies[:states], well.scales.floor, kinetic), well.least_height)
    gaps = np.array([level_gap(energies, n, SEPARATE * heights[n]) for n in range(states)])
    allowed = np.minimum(SETTLED * heights * gaps, (WAVE * gaps) ** 2)
    shares = squares / allowed
    return shares.max(axis=1), float(shares.sum(axis=0).max())


def _eigenvectors(well: WellEquation, panels: Panels, local: Local) -> tuple[NDArray[Any], Array, float]:
    """Return the weights of each panel's units in the states (m, degree+1, K), their levels, the next."""
    weights, (numbers, turns) = local.weights[..., None], _joined(well, panels)
    mass = np.einsum("mni,mnj->mij", weights * local.values, local.values)
    potential = np.einsum("mni,mnj->mij", local.potential[..., None] * weights * local.values, local.values)
    stiffness = np.einsum("mni,mnj->mij", local.stiffness[..., None] * weights * local.slopes, local.slopes)
    size, inside = int(numbers.max()) + 1, numbers >= 0
    diagonal = np.zeros(size)
    sizes = np.abs(turns) ** 2 * np.einsum("mii->mi", stiffness + np.abs(potential))
    np.add.at(diagonal, numbers[inside], sizes[inside])
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    own = np.where(inside, turns * scale[numbers], 0.0)
    keep = np.flatnonzero(diagonal > 0)
    matrices = [
        _assembled(matrix * own.conj()[:, :, None] * own[:, None, :], numbers, size)[keep][:, keep].tocsc()
        for matrix in (stiffness + potential, mass)
    ]
    floor, top = well.scales.floor - well.least_height, well.scales.floor + well.look.probes.scale
    levels, vectors, following = _search(matrices[0], matrices[1], well.states, floor, top)
    full = np.zeros((size, well.states), vectors.dtype)
    full[keep] = scale[keep, None] * vectors
    return np.where(inside[..., None], turns[..., None] * full[numbers], 0.0), levels, following


def _joined(well: WellEquation, panels: Panels) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the numbers of each panel's units, and what each is multiplied by, (m, degree+1).

    Where ψ repeats with a phase, the units at the right end are those at the left end, turned.
    """
    numbers = _numbers(len(panels.need), well.exponents)
    if well.phase is None:
        return numbers, np.ones(numbers.shape)
    widths = np.diff(well.y(panels.edges))
    numbers[0, 0], numbers[-1, 2:4] = 0, (0, 1)
    turns = np.ones(numbers.shape, np.complex128)
    turns[-1, 2:4] = np.exp(1j * well.phase) * np.array([1.0, widths[-1] / widths[0]])
    return numbers, turns


def _assembled(local: NDArray[Any], numbers: NDArray[np.intp], size: int) -> sparse.csr_matrix:
    rows = np.broadcast_to(numbers[:, :, None], local.shape)
    columns = np.broadcast_to(numbers[:, None, :], local.shape)
    inside = (rows >= 0) & (columns >= 0)
    return sparse.csr_matrix((local[inside], (rows[inside], columns[inside])), shape=(size, size))


def _search(
    energy: sparse.csc_matrix, mass: sparse.csc_matrix, states: int, floor: float, top: float
) -> tuple[Array, NDArray[Any], float]:
    """Return the lowest eigenvalues, ascending, with their vectors, and the next one, roughly.

    The shift climbs from the floor of V to just below the lowest level, as holes in V may be far deeper.
    """
    shift = floor
    for _ in range(CLIMBS):
        lowest = float(_next_to(energy, mass, 1, shift, ROUGHLY)[0][0])
        if lowest - shift <= 2 * max(top - lowest, 0.0):
            break
        closer = lowest - STEP * (lowest - shift)
        if not shift < closer < lowest:
            break
        shift = closer
    following = float(_next_to(energy, mass, states + 1, shift, ROUGHLY)[0][-1])
    return *_next_to(energy, mass, states, shift, 0.0), following


def _next_to(
    energy: sparse.csc_matrix, mass: sparse.csc_matrix, states: int, shift: float, tolerance: float
) -> tuple[Array, NDArray[Any]]:
    """Return the eigenvalues next to a shift below all, ascending, with their vectors."""
    start = 1.0 + np.random.default_rng(0).uniform(size=energy.shape[0])
    count = min(energy.shape[0] - 1, 2 * states + SPARE)
    try:
        levels, vectors = eigsh(energy, states, mass, sigma=shift, ncv=count, v0=start, tol=tolerance)
    except ArpackNoConvergence:
        raise ArgumentError(
            f"states: got {states}, of which the last lie too close together to be told apart; take fewer "
            "states or a smaller box"
        ) from None
    order = np.argsort(levels)
    levels, vectors = levels[order], vectors[:, order]
    if np.iscomplexobj(vectors):  # of equal levels they need not be orthogonal
        lower = np.linalg.cholesky(vectors.conj().T @ (mass @ vectors))
        vectors = np.linalg.solve(lower.conj(), vectors.T).T
    return levels, vectors

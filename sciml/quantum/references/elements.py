r"""One Rayleigh-Ritz solve on spectral elements, in a basis that is orthonormal in the kinetic energy.

Within the element $e$ of width $\delta$ and typical coefficient $c_e$ the functions are the integrated
Legendre polynomials $N_j = (P_j - P_{j-2})/(2j-1)$, $j = 2 \dots p$, scaled so that $\int c\,N'^2 = 1$.
The functions that join the elements are not the usual hats but combinations of them, piecewise linear with
$\int c\,\phi_i'\phi_j'\,dx = \delta_{ij}$ too. The stiffness matrix is then the identity whatever the widths
are, and $(I + W)u = \lambda M u$ is solved for its *largest* $1/\lambda$: a layer thinner than the box by any
factor costs no digits. Energies are Rayleigh quotients summed at the quadrature points, so their error is
quadratic in that of the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, eigh

from sciml.numerics.domains import Array
from sciml.quantum.references.inputs import Profile, sample, sample_kinetic
from sciml.quantum.references.polynomials import gauss, legendre_series, reference_shapes


@dataclass(frozen=True)
class Medium:
    """Potential and kinetic coefficient as functions of x, and the units that make them of order one."""

    potential: Profile
    kinetic: Profile | float
    length: float
    kinetic_unit: float
    energy_unit: float


@dataclass(frozen=True)
class Grid:
    """The quadrature of a mesh, each shape (m, q): x, weights over the unit box, scaled V and c."""

    x: Array
    weights: Array
    potential: Array
    kinetic: Array


@dataclass(frozen=True)
class Ritz:
    """States on a mesh: scaled energies and coefficients, plus what is needed to judge and sample them."""

    edges: Array
    grid: Grid
    values: Array  # psi at the quadrature points, (m, q, K), normalised on the unit box
    energies: Array  # in energy units, (K,)
    parts: Array  # <T> + <|V|>, the size of what was summed, (K,)
    shift: float  # an energy below the lowest, from which the solve counted
    local: Array  # values at both edges, then coefficients of N_2 ... N_p, (m, p + 1, K)
    next_energy: float
    mean_potential: float  # <V> of the lowest state

    def next_shift(self) -> float:
        """Return an energy below the lowest for the next solve: min V, or <V> if V has deep narrow holes."""
        floor, mean = float(self.grid.potential.min()), self.mean_potential
        lowest = float(self.energies[0])
        return mean if lowest - floor > 1e3 * (lowest - mean) else floor

    def indicators(self) -> tuple[Array, Array]:
        """Return the share of the energies in the last modes and in unresolved V, for each element, (m,)."""
        widths = np.diff(self.edges)[:, None, None] / (self.edges[-1] - self.edges[0])
        degrees = np.arange(2, self.local.shape[1])[-3:, None]
        tail = (self.local[:, -3:] ** 2 * 2.0 / (2 * degrees - 1) / widths).sum(axis=1)
        mass = (self.grid.weights[..., None] * self.values**2).sum(axis=1)
        defect = _unresolved(self.grid.potential)[:, None] * mass
        return (tail / self.parts).max(axis=1), (defect / self.parts).max(axis=1)


def quadrature(medium: Medium, edges: Array, points: int) -> Grid:
    """Sample the medium at Gauss points strictly inside the elements."""
    nodes, weights = gauss(points)
    left, right = edges[:-1, None], edges[1:, None]
    x = np.clip(
        left + (right - left) * (0.5 * (1 + nodes)), np.nextafter(left, right), np.nextafter(right, left)
    )
    potential = sample("potential", medium.potential, x) / medium.energy_unit
    kinetic = sample_kinetic(medium.kinetic, x) / medium.kinetic_unit
    return Grid(x, (right - left) / medium.length * (0.5 * weights), potential, kinetic)


def solve(medium: Medium, edges: Array, degree: int, states: int, coarse: Ritz | None = None) -> Ritz:
    """Return the lowest states on the mesh `edges` with polynomials of the given degree.

    A coarser solution, if there is one, tells which energy lies below the lowest.
    """
    points = degree + 8
    grid = quadrature(medium, edges, points)
    basis = _local_basis(edges, grid.kinetic.mean(axis=1), degree)
    values, derivatives = reference_shapes(degree, points)
    psi, slope = values @ basis, derivatives @ basis
    slope *= (2.0 * medium.length / np.diff(edges))[:, None, None]
    shift = float(grid.potential.min()) if coarse is None else coarse.next_shift()
    try:
        vectors, ratios = _eigenvectors(grid, psi, slope, states + 1, shift)
    except LinAlgError:  # the lowest energy is lower than the coarser solution says
        shift = float(grid.potential.min())
        vectors, ratios = _eigenvectors(grid, psi, slope, states + 1, shift)
    energies, parts, norms, means = _rayleigh(grid, psi @ vectors, slope @ vectors)
    keep = np.argsort(energies)[:states]
    vectors = vectors[:, keep] / norms[keep]
    following, mean = shift + 1.0 / float(ratios[0]), float(means[keep[0]])
    values, local = psi @ vectors, basis @ vectors
    return Ritz(edges, grid, values, energies[keep], parts[keep], shift, local, following, mean)


def _local_basis(edges: Array, kinetic: Array, degree: int) -> Array:
    """Return the coefficients of all functions in the shapes of each element, (m, p + 1, n)."""
    widths = np.diff(edges) / (edges[-1] - edges[0])
    count, bubbles = len(widths), degree - 1
    local = np.zeros((count, degree + 1, count - 1 + count * bubbles))
    root = np.sqrt(widths / kinetic)
    joins = np.linalg.qr(root[:, None], mode="complete")[0][:, 1:]
    heights = np.cumsum(root[:, None] * joins, axis=0)[:-1]
    local[:-1, 1, : count - 1] = local[1:, 0, : count - 1] = heights
    scale = 0.5 * root[:, None] * np.sqrt(2 * np.arange(2, degree + 1) - 1)
    modes = np.arange(bubbles)
    for element in range(count):
        local[element, 2 + modes, count - 1 + element * bubbles + modes] = scale[element]
    return local


def _eigenvectors(grid: Grid, psi: Array, slope: Array, states: int, shift: float) -> tuple[Array, Array]:
    """Return the vectors of the lowest states, and 1/lambda ascending, where lambda = E - shift."""
    columns = psi.shape[-1]
    rows, tilts, weights = psi.reshape(-1, columns), slope.reshape(-1, columns), grid.weights.reshape(-1, 1)
    raised = (grid.potential - shift).reshape(-1, 1)
    energy = tilts.T @ (weights * grid.kinetic.reshape(-1, 1) * tilts) + rows.T @ (weights * raised * rows)
    mass = rows.T @ (weights * rows)
    wanted = (columns - states, columns - 1)
    ratios, vectors = eigh(mass, energy, subset_by_index=wanted, check_finite=False)
    return vectors, ratios


def _rayleigh(grid: Grid, psi: Array, slope: Array) -> tuple[Array, Array, Array, Array]:
    """Return Rayleigh quotients, the same with |V|, norms, and means of V."""
    weights = grid.weights[..., None]
    mass = (weights * psi**2).sum(axis=(0, 1))
    kinetic = ((weights * grid.kinetic[..., None]) * slope**2).sum(axis=(0, 1)) / mass
    potential = weights * grid.potential[..., None] * psi**2 / mass
    mean, size = potential.sum(axis=(0, 1)), np.abs(potential).sum(axis=(0, 1))
    return kinetic + mean, kinetic + size, np.sqrt(mass), mean


def _unresolved(potential: Array) -> Array:
    """Return the largest of the last quarter of the Legendre coefficients of V in each element."""
    series = legendre_series(potential)
    return np.asarray(np.abs(series)[:, -(potential.shape[1] // 4) :].max(axis=1))

r"""The solutions of the equation on each element by spectral collocation, and their way through the box.

On an element of half-width h, with s in (−1, 1), $\psi'' = q\psi$ with $q = h^2(V-E)/c$. With $w=\psi''$ at
Gauss points, $\psi = \psi_0 + (s+1)\psi_0' + J^2w$, where $J^2$ integrates twice, so that
$(1 - qJ^2)\,w = q\,(\psi_0 + (s+1)\psi_0')$: an equation of the second kind, well conditioned. V is asked for
inside the elements only. With c that depends on position, $c\psi'$ takes the place of $\psi'$ and
$J c^{-1} J$ that of $J^2$.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from sciml.numerics.domains import Array

NODES = 20  # Gauss points of an element
STIFF = 36.0  # q above which an element is crossed by the exponentials of its mean V


@dataclass(frozen=True, eq=False)
class Mesh:
    """Elements: their edges (m+1,), V and c at their Gauss points (m, NODES)."""

    edges: Array
    potential: Array
    kinetic: Array

    @cached_property
    def unit(self) -> float:
        """The largest c."""
        return float(self.kinetic.max())

    @cached_property
    def rates(self) -> Array:
        """The unit over c: dψ/dx = rate cψ'/unit, (m, NODES)."""
        return self.unit / self.kinetic

    @cached_property
    def twice(self) -> Array:
        """What gives ψ from (cψ')' on each element, (m, NODES, NODES): integrate, divide by c, integrate."""
        _, _, once, twice = _integrals()
        even = np.ptp(self.rates, axis=1) == 0
        general = once @ (self.rates[~even, :, None] * once)
        result = self.rates[:, :1, None] * twice
        result[~even] = general
        return result

    @property
    def halves(self) -> Array:
        """Half their widths."""
        return np.asarray(0.5 * np.diff(self.edges))


@dataclass(frozen=True)
class Propagated:
    """Two solutions on each element, at its Gauss points (m, NODES, 2), and from end to end (m, 2, 2).

    Behind high walls both are divided by exp(`growth`).
    """

    inside: Array
    across: Array
    halves: Array
    growth: Array


@dataclass(frozen=True)
class Course:
    """A solution at the edges: (ψ, ψ') (m+1, 2), each of length one, and the logarithms of their lengths."""

    vectors: Array
    logs: Array


def propagate(mesh: Mesh, energy: float) -> Propagated:
    """Return both solutions, with ψ = 1, cψ' = 0 and with ψ = 0, cψ' = unit/h at the left of each."""
    s, weights, once, _ = _integrals()
    q = mesh.halves[:, None] ** 2 * ((mesh.potential - energy) / mesh.unit)
    rates = mesh.rates
    stiff = (q.min(axis=1) > 0) & ((q * rates).max(axis=1) > STIFF)
    inside, across = np.empty((*q.shape, 2)), np.empty((len(q), 2, 2))
    rate, soft, twice = rates[~stiff], q[~stiff, :, None], mesh.twice[~stiff]
    plain = np.stack([np.ones_like(rate), rate @ once.T], axis=-1)
    curvature = np.linalg.solve(np.eye(NODES) - soft * twice, soft * plain)
    inside[~stiff] = plain + twice @ curvature
    rise = (weights * rate)[:, None]
    across[~stiff, 0] = (rise @ (once @ curvature))[:, 0]
    across[~stiff, 0, 0] += 1.0
    across[~stiff, 0, 1] += rise.sum(axis=2)[:, 0]
    across[~stiff, 1] = [0.0, 1.0] + weights @ curvature
    inside[stiff], across[stiff] = _exponentials(q[stiff], rates[stiff].mean(axis=1), s)
    growth = np.where(stiff, 2 * np.sqrt(np.maximum((q.mean(axis=1) * rates.mean(axis=1)), 0.0)), 0.0)
    return Propagated(inside, across, mesh.halves, growth)


def _exponentials(q: Array, rate: Array, s: Array) -> tuple[Array, Array]:
    """Return the solutions of elements with V and c at their means, their growth taken out."""
    k = np.sqrt(q.mean(axis=1) * rate)[:, None]
    growing, falling = 0.5 * np.exp(k * (s - 1)), 0.5 * np.exp(-k * (s + 3))
    slope = rate[:, None] / k
    inside = np.stack([growing + falling, (growing - falling) * slope], axis=-1)
    fall = 0.5 * np.exp(-4 * k[:, 0])
    even, odd = 0.5 + fall, 0.5 - fall
    rows = [np.column_stack([even, odd * slope[:, 0]]), np.column_stack([odd / slope[:, 0], even])]
    return inside, np.stack(rows, axis=1)


@lru_cache(maxsize=1)
def _integrals() -> tuple[Array, Array, Array, Array]:
    """Return Gauss nodes and weights, and the matrices that integrate once and twice from −1 to each node."""
    nodes, weights = legendre.leggauss(NODES)
    modes = np.linalg.inv(legendre.legvander(nodes, NODES - 1))
    once, twice = (legendre.legval(nodes, legendre.legint(modes, m=m, lbnd=-1)).T for m in (1, 2))
    return nodes, weights, np.asarray(once), np.asarray(twice)


def from_left(steps: Propagated) -> Course:
    """Return the solution with ψ = 0 at the left end, ψ' > 0."""
    return _course(steps.across, steps, slice(None), (0.0, 1.0))


def from_right(steps: Propagated) -> Course:
    """Return the solution with ψ = 0 at the right end, ψ' < 0."""
    a, b, c, d = steps.across.reshape(-1, 4)[::-1].T
    backward = np.stack([np.stack([d, -b], axis=1), np.stack([-c, a], axis=1)], axis=1)
    course = _course(backward, steps, slice(None, None, -1), (0.0, -1.0))
    return Course(course.vectors[::-1], course.logs[::-1])


def _course(across: Array, steps: Propagated, order: slice, start: tuple[float, float]) -> Course:
    psi, slope = start
    vectors, logs, log = [start], [0.0], 0.0
    rows = zip(across.tolist(), steps.halves[order].tolist(), steps.growth[order].tolist(), strict=True)
    for ((a, b), (c, d)), half, growth in rows:
        end = a * psi + b * half * slope, c / half * psi + d * slope
        size = math.hypot(*end)
        if size > 0:
            psi, slope, log = end[0] / size, end[1] / size, log + growth + math.log(size)
        else:  # it decays to the last bit, and keeps its shape
            log -= growth
        vectors.append((psi, slope))
        logs.append(log)
    return Course(np.array(vectors), np.array(logs))


def count_zeros(steps: Propagated, course: Course) -> int:
    """Return the zeros of a solution from the left in (left, right]: the levels below its energy (Sturm)."""
    values = (steps.inside @ starts(steps, course)[..., None])[..., 0]
    sequence = np.column_stack([values, course.vectors[1:, 0]]).ravel()
    signs = np.sign(sequence[sequence != 0])
    at_end = int(course.vectors[-1, 0] == 0)
    return int((signs[1:] != signs[:-1]).sum()) + int(signs[0] < 0) + at_end


def starts(steps: Propagated, course: Course) -> Array:
    """Return (ψ, hψ') at the left of each element."""
    return np.column_stack([course.vectors[:-1, 0], course.vectors[:-1, 1] * steps.halves])


def mismatch(left: Course, right: Course, unit: Array | float, at: int | NDArray[np.intp] | slice) -> Array:
    """Return the sine of the angle between two solutions at edges, slopes in `unit`; zero for equal ones."""
    (a, b), (c, d) = left.vectors[at].T, right.vectors[at].T
    cross = a * d - b * c
    return np.asarray(unit * cross / (np.hypot(unit * a, b) * np.hypot(unit * c, d)))

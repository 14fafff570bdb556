"""Three-point finite differences: the simple cross-check, with and without cell averages of the potential."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.references.eigenpairs import Eigenpairs
from sciml.quantum.references.inputs import Profile, region_edges
from sciml.quantum.references.tridiagonal import Tridiagonal, solve

_EPS = float(np.finfo(np.float64).eps)
_CITATION = "J. D. Pryce, Numerical Solution of Sturm-Liouville Problems, Oxford (1993)"


def finite_differences(
    potential: Profile,
    domain: Sequence[float],
    states: int,
    points: int = 2000,
    interfaces: ArrayLike = (),
    kinetic: Profile | float = 1.0,
    average: bool = True,
) -> Eigenpairs:
    r"""Return the lowest states of a three-point scheme on `points` interior nodes.

    $$-\frac{c_{i+1/2}(\psi_{i+1}-\psi_i) - c_{i-1/2}(\psi_i-\psi_{i-1})}{h^2} + V_i\psi_i = E\psi_i$$

    With $V_i$ the mean of V over the cell $[x_i - h/2, x_i + h/2]$ and $1/c_{i+1/2}$ that of $1/c$ between
    the nodes, the error is of second order even at jumps, wherever they lie between the nodes. Sampling V at
    the nodes instead is of first order and erratic there. The error is estimated by comparison with a grid
    of half the spacing (Richardson).

    Args:
        potential: V as a function of an array of positions.
        domain: The ends of the box (left, right).
        states: How many states, from the lowest.
        points: The number of interior nodes.
        interfaces: Positions of the jumps of V and c, which split the cells they lie in.
        kinetic: The coefficient c, positive: a number or a function of an array of positions.
        average: Whether to average V and c; if not, both are sampled.

    >>> pairs = finite_differences(lambda x: 0.0 * x, (0, 1), states=1, points=100)
    >>> round(float(pairs.energies[0]), 2)
    9.87
    """
    edges = region_edges(domain, interfaces)
    count = check_count("states", states, 1)
    nodes = check_count("points", points, 2)
    if nodes <= count:
        raise ArgumentError(f"points: got {nodes}, expected more than the {count} states")
    coarse, fine = (solve(potential, kinetic, edges, n, count, average) for n in (nodes, 2 * nodes + 1))
    x = np.concatenate((edges[:1], coarse.x, edges[-1:]))
    psi = np.pad(coarse.psi, ((1, 1), (0, 0)))
    return Eigenpairs(
        energies=coarse.energies,
        errors=_errors(coarse, fine, average),
        wave_errors=_wave_errors(coarse, fine),
        wave=partial(_sample, CubicSpline(x, psi)),
        method=f"finite differences on {nodes} points" + (", cell averages" if average else ""),
        citation=_CITATION,
    )


def _errors(coarse: Tridiagonal, fine: Tridiagonal, average: bool) -> Array:
    """Return Richardson's estimate, what the way V was put on the grid leaves open, and rounding."""
    order_gain = 4.0 / 3.0 if average else 2.0
    change = np.abs(coarse.energies - fine.energies)
    return 1.5 * order_gain * change + coarse.doubt + 64.0 * _EPS * coarse.parts


def _wave_errors(coarse: Tridiagonal, fine: Tridiagonal) -> Array:
    """Return the estimates of the relative L2 errors, from the nodes both grids have."""
    step = coarse.x[1] - coarse.x[0]
    change = np.sqrt(step * ((coarse.psi - fine.psi[1::2]) ** 2).sum(axis=0))
    levels = coarse.levels
    gaps = np.diff(levels, prepend=-np.inf)
    mixing = coarse.stiffness / np.maximum(np.minimum(gaps[:-1], gaps[1:]), _EPS * coarse.stiffness)
    return np.asarray(np.minimum(2.0 * change + 4.0 * _EPS * mixing, 1.0))


def _sample(spline: CubicSpline, x: Array) -> Array:
    """Return the wavefunctions at `x`; zero outside the box."""
    inside = (x >= spline.x[0]) & (x <= spline.x[-1])
    return np.where(inside[:, None], spline(x), 0.0)

"""The flame in space: a boundary-value problem with an unknown parameter, by collocation."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import solve_bvp

from sciml.errors import ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.references.profile import Profile
from sciml.flame.references.scaled import Scaled
from sciml.numerics.domains import Array

METHOD = "fourth-order collocation in space (solve_bvp)"
_RTOL = 1e-10  # of the residual, relative
_TINY = 1e-30  # of a complex step


def by_collocation(mixture: Mixture, start: Profile, tolerance: float = _RTOL) -> Profile:
    r"""Return the flame from collocation in space, on the domain of `start`, which is only its first guess.

    $y'=-P$, $P'=P-\Omega(y;s_L)$ with three conditions for two functions and $\ln s_L$: y = 1 and P given on
    the left, P on the second-order slow manifold on the right. Jacobians are by complex steps.

    Args:
        mixture: The gas and its state.
        start: A flame near the solution: its nodes are the first mesh and its s_L the first guess.
        tolerance: The relative residual of the equations allowed in each cell.
    """
    equations = _Equations(mixture)
    solution = solve_bvp(
        equations.slopes,
        equations.ends,
        start.xi[::4],
        np.stack([start.y, start.P])[:, ::4],
        p=[math.log(start.s_L)],
        fun_jac=equations.slopes_by,
        tol=tolerance,
        bc_tol=1e-12,
        max_nodes=20000,
    )
    if not solution.success:
        raise ScimlError(f"collocation of the flame did not converge: {solution.message}")
    return Profile(Scaled(mixture, math.exp(np.asarray(solution.p)[0])), solution.x, *solution.y)


class _Equations:
    """What `solve_bvp` asks for."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture

    def slopes(self, xi: Array, state: Array, unknown: Array) -> Array:
        """Return (y', P')."""
        y, P = state
        return np.stack([-P, P - self._omega(y, unknown[0])])

    def slopes_by(self, xi: Array, state: Array, unknown: Array) -> tuple[Array, Array]:
        """Return the derivatives of (y', P') by (y, P), shape (2, 2, n), and by ln s_L, shape (2, 1, n)."""
        y, one, zero = state[0], np.ones(state.shape[1]), np.zeros(state.shape[1])
        by_y = self._omega(y + _TINY * 1j, unknown[0]).imag / _TINY
        by_speed = self._omega(y, unknown[0] + _TINY * 1j).imag / _TINY
        return np.array([[zero, -one], [-by_y, one]]), np.array([[zero], [-by_speed]])

    def ends(self, left: Array, right: Array, unknown: Array) -> Array:
        """Return what must vanish at the ends."""
        scaled = Scaled(self.mixture, math.exp(unknown[0]))
        return np.array([left[0] - 1.0, left[1] - scaled.pinned, right[1] - scaled.manifold(abs(right[0]))])

    def _omega(self, y: Array, log_speed: complex) -> Array:
        positive = np.where(y.real > _TINY, y, _TINY)
        return np.asarray(Scaled(self.mixture, np.exp(log_speed)).omega(positive, np))

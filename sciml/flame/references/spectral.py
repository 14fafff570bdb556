"""The phase plane by Chebyshev collocation: a millisecond a flame where a similar one is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import expit, logit

from sciml.errors import ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.references.profile import Profile
from sciml.flame.references.scaled import Scaled
from sciml.numerics.domains import Array

METHOD = "phase plane by Chebyshev collocation and Newton's method"
_DENSITY = 5.5  # collocation points per unit of the log-odds
_STEPS = 20
_TINY = 1e-30  # of a complex step


class Spectral:
    r"""Solves flames that resemble a first one, on the grid in its deficit.

    With the log-odds z of $y/(1+c)$, c the slope at T_in of the first flame, $p=\ln P$ is smooth in z, and

    $$\Omega(y)/P-1-Pp_z/y_z=0$$

    is collocated at all Chebyshev points: a polynomial can only follow the slow manifold, so that no
    condition is needed in the burnt gas, and the slope at T_in determines s_L (Boyd, Chebyshev and Fourier
    Spectral Methods, 2001). Newton's method finds p and ln s_L together.

    Args:
        start: The first flame, which gives the range of deficits and the first guess.
    """

    def __init__(self, start: Profile) -> None:
        self.start = start
        self._top = 1.0 + start.scaled.pinned
        low, high = float(self._odds(start.y[-1])), float(self._odds(1.0))
        order = round(_DENSITY * (high - low))
        nodes, half = chebyshev.chebpts2(order + 1)[::-1], 0.5 * (high - low)
        self.z = high + half * (nodes - 1.0)
        self.y, self.y_z = self._deficits(self.z)
        coefficients = np.linalg.inv(chebyshev.chebvander(nodes, order))
        derivative = chebyshev.chebder(np.eye(order + 1)) @ coefficients / half
        self.derivative = chebyshev.chebvander(nodes, order - 1) @ derivative
        fine = np.clip((self._odds(start.y) - high) / half + 1.0, -1.0, 1.0)
        self.fine = chebyshev.chebvander(fine, order) @ coefficients
        primitive = -half * chebyshev.chebint(np.eye(order + 1), lbnd=1.0) @ coefficients
        self.primitive = chebyshev.chebvander(fine, order + 1) @ primitive

    def __call__(self, mixture: Mixture, near: Profile | None = None) -> Profile:
        """Return the flame of `mixture` at the deficits of the first one; `near` is a better first guess."""
        near = near or self.start
        p = np.interp(-self.z, -self._odds(near.y), np.log(near.P))
        log_speed = math.log(near.s_L)
        for _ in range(_STEPS):
            residual, jacobian = self._system(mixture, p, log_speed)
            step = np.linalg.solve(jacobian, -residual)
            step /= max(1.0, float(np.abs(step).max()))
            p, log_speed = p + step[:-1], log_speed + float(step[-1])
            if np.abs(residual).max() < 1e-5 and abs(step[-1]) < 1e-8:
                return self._profile(Scaled(mixture, math.exp(log_speed)), p)
        raise ScimlError(
            f"spectral flame: no convergence in {_STEPS} steps, start from a flame that is nearer"
        )

    def _system(self, mixture: Mixture, p: Array, log_speed: float) -> tuple[Array, Array]:
        """Return the residuals, those of the equation and that of the slope at T_in, and their Jacobian."""
        omega = Scaled(mixture, np.exp(log_speed + _TINY * 1j)).omega(self.y, np)
        P, n = np.exp(p), len(p)
        ratio, weight, slope = omega.real / P, P / self.y_z, self.derivative @ p
        jacobian = np.zeros((n + 1, n + 1))
        jacobian[:n, :n] = -weight[:, None] * self.derivative - np.diag(ratio + weight * slope)
        jacobian[:n, n] = omega.imag / _TINY / P
        jacobian[n, [0, n]] = 1.0
        pinned = math.log(Scaled(mixture, math.exp(log_speed)).pinned)
        return np.append(ratio - 1.0 - weight * slope, p[0] - pinned), jacobian

    def _profile(self, scaled: Scaled, p: Array) -> Profile:
        xi = self.primitive @ (self.y_z / np.exp(p))
        return Profile(scaled, xi, self.start.y, np.exp(self.fine @ p))

    def _odds(self, y: Array | float) -> Array:
        return np.asarray(logit(y / self._top))

    def _deficits(self, z: Array) -> tuple[Array, Array]:
        """Return y, 1 at the first node, and dy/dz."""
        y = self._top * expit(z)
        y[0] = 1.0
        return y, y * (1.0 - y / self._top)

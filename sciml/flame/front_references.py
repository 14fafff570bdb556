"""References of the ZFK flame: shooting in the phase plane, and collocation in space.

Both use the first integral of the sum of the two equations, Y'/Le = m(θ + Y − 1) − θ', and the burnt gas's
only decaying direction, 1 − θ ∝ Y ∝ e^{−κξ}. They share nothing else.

References:
    Ya. B. Zeldovich, G. I. Barenblatt, V. B. Librovich and G. M. Makhviladze, The mathematical theory of
    combustion and explosions, Consultants Bureau (1985), chapters 1 and 4.
    L. Petzold, SIAM J. Sci. Stat. Comput. 4, 136 (1983) (LSODA).
    J. Kierzenka and L. F. Shampine, ACM Trans. Math. Softw. 27, 299 (2001) (`solve_bvp`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_bvp, solve_ivp
from scipy.optimize import brentq

from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError
from sciml.flame.zfk import ZfkRate
from sciml.numerics.domains import Array

COLD = 1e-3  # θ below which the rate is left out, so that θ ∝ e^{mξ} and 1 − Y ∝ e^{m Le ξ}
BURNT = 1e-9  # 1 − θ at which the shooting starts
FINE, COARSE = 1e-12, 1e-10  # tolerances of the integrator
ROOT = 1e-14  # tolerance of m, absolute and relative
BRACKET = (0.2, 3.0)  # of m, which is 1 for β → ∞
STALLED = 1e-5  # θ'/(1 − θ) at which an orbit has stopped before the cold end: m is too large
STOPPED = 1  # `solve_ivp`'s status where an event ended it
TAIL = 16.0  # decay lengths of burnt gas for the collocation
FOLDS = 10.0  # of the cold tail over which the unburnt gas reacts
NEWTON = 6  # steps from the linear interpolant between the integrator's own
MOST = 100_000  # nodes of the collocation
LAYER = 4.0  # decay lengths before the layer from which the first grid is fine


@dataclass(frozen=True, eq=False)
class ZfkOrbit:
    """A flame found by shooting: the burning rate with its error, and its profiles, with θ(0) = ½."""

    rate: ZfkRate
    m: Measured
    orbit: Any

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Return θ and Y at points (n,)."""
        inside = np.clip(x, self._place(math.log1p(-COLD)), self._place(math.log(BURNT)))
        tau = self._tau(inside)
        u, y = np.exp(tau), self.orbit.sol(tau)[1]
        m, beyond, before = self.m.value, np.maximum(x - inside, 0.0), np.minimum(x - inside, 0.0)
        burnt, cold = np.exp(-self.rate.decay(m) * beyond), np.exp(m * before)
        theta = np.where(before < 0, (1 - u) * cold, 1 - u * burnt)
        return theta, np.where(before < 0, 1 - (1 - y * u) * cold**self.rate.lewis, y * u * burnt)

    def _place(self, tau: Any) -> Any:  # noqa: ANN401
        return self.orbit.sol(tau)[2] - self.orbit.sol(math.log(0.5))[2]

    def _tau(self, x: Array) -> Array:
        """Return log(1 − θ) at points of the orbit: Newton's method from the integrator's own steps."""
        tau = np.interp(-x, -self._place(self.orbit.t), self.orbit.t)
        for _ in range(NEWTON):
            tau = tau + (self._place(tau) - x) * self.orbit.sol(tau)[0]
            tau = np.clip(tau, self.orbit.t[0], self.orbit.t[-1])
        return np.asarray(tau)


def shoot(rate: ZfkRate) -> ZfkOrbit:
    """Return the flame by shooting in the phase plane.

    With u = 1 − θ, τ = log u, p = θ'/u and y = Y/u,

        dp/dτ = ω/(u p) − p − m,    dy/dτ = Le (1 − m(y − 1)/p) − y,    dξ/dτ = −1/p,

    from the fixed point at τ → −∞, where p = κ. At the right m the orbit ends with θ' = mθ as θ → 0. The
    error is the change of m with the integrator's tolerance, and what the reaction of the unburnt gas may do.
    """
    m, loose = (brentq(_miss, *BRACKET, (rate, rtol), xtol=ROOT, rtol=ROOT) for rtol in (FINE, COARSE))
    error = abs(m - loose) + FOLDS * rate.cold_rate
    return ZfkOrbit(rate, Measured(m, error), _integrate(m, rate, FINE, dense=True))


def _miss(m: float, rate: ZfkRate, rtol: float) -> float:
    """Return θ' − mθ at the cold end; where the orbit stopped before it, minus the θ it had come to."""
    orbit = _integrate(m, rate, rtol)
    u, p = math.exp(orbit.t[-1]), float(orbit.y[0, -1])
    return -(1 - u) if orbit.status == STOPPED else p * u - m * (1 - u)


def _integrate(m: float, rate: ZfkRate, rtol: float, dense: bool = False) -> Any:  # noqa: ANN401
    def slopes(tau: float, state: Array) -> tuple[float, float, float]:
        p, y, _ = state
        u = math.exp(tau)
        return rate.omega(u, y) / p - p - m, rate.lewis * (1 - m * (y - 1) / p) - y, -1 / p

    def stopped(_: float, state: Array) -> float:
        return float(state[0]) - STALLED

    stopped.terminal = not dense  # type: ignore[attr-defined]
    span, start = (math.log(BURNT), math.log1p(-COLD)), (rate.decay(m), rate.remainder(m), 0.0)
    return solve_ivp(slopes, span, start, "LSODA", dense_output=dense, events=stopped, rtol=rtol, atol=rtol)


def collocate(rate: ZfkRate, tolerance: float = 1e-9) -> Measured:
    """Return the burning rate by collocation of (θ, θ', Y) in ξ, from θ = 1e-3 to `TAIL` lengths 1/κ.

    At the left θ' = mθ; at the right θ' = κ(1 − θ) and Y/(1 − θ) as it is in the burnt gas. The error is the
    change of m with the tolerance.

    Raises:
        ArgumentError: If the collocation does not converge.
    """
    loose, fine = (_collocate(rate, tol) for tol in (100 * tolerance, tolerance))
    return Measured(fine, abs(fine - loose) + FOLDS * rate.cold_rate)


def _collocate(rate: ZfkRate, tolerance: float) -> float:
    def slopes(_t: Array, state: Array, parameters: Array) -> Array:
        (theta, slope, fuel), m = state, float(parameters[0])
        bend = m * slope - rate.omega(1 - theta, fuel, np)
        return _length(rate, m) * np.stack([slope, bend, rate.lewis * (m * (theta + fuel - 1) - slope)])

    def ends(left: Array, right: Array, parameters: Array) -> Array:
        m, u = float(parameters[0]), 1 - right[0]
        burnt = (right[1] - rate.decay(m) * u, right[2] - rate.remainder(m) * u)
        return np.array([left[0] - COLD, left[1] - m * left[0], *burnt])

    flame: Any = solve_bvp(slopes, ends, *_guess(rate), p=[1.0], tol=tolerance, max_nodes=MOST)
    if not flame.success:
        raise ArgumentError(f"reference of {rate}: {flame.message}")
    return float(flame.p[0])


def _length(rate: ZfkRate, m: float) -> float:
    return float(-math.log(COLD) / m + TAIL / rate.decay(m))


def _guess(rate: ZfkRate) -> tuple[Array, Array]:
    """Return a grid on [0, 1] and the flame with an infinitely thin layer, Y = 1 − θ."""
    kappa, layer = rate.decay(1.0), -math.log(COLD)
    x = np.union1d(np.linspace(0, layer, 200), layer + np.linspace(-LAYER, TAIL, 400) / kappa)
    theta = np.where(x < layer, COLD * np.exp(x), 1.0)
    theta = np.minimum(theta, 1 - np.exp(-kappa * np.abs(x - layer)) / kappa)
    return x / x[-1], np.stack([theta, np.gradient(theta, x), 1 - theta])

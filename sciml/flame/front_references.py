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
BRACKET = (0.2, 3.0)
TAIL = 16.0  # decay lengths of burnt gas for the collocation
FOLDS = 10.0  # of the cold tail over which the unburnt gas reacts
NEWTON = 6


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
        return tau


def shoot(rate: ZfkRate) -> ZfkOrbit:
    """Return the flame by shooting in the phase plane.

    With u = 1 − θ, τ = log u, p = θ'/u and y = Y/u,

        dp/dτ = ω/(u p) − p − m,    dy/dτ = Le (1 − m(y − 1)/p) − y,    dξ/dτ = −1/p,

    from the fixed point at τ → −∞, where p = κ. At the right m the orbit ends with θ' = mθ as θ → 0. The
    error is the change of m with the integrator's tolerance, and what the reaction of the unburnt gas may do.
    """
    m, loose = (brentq(_miss, *BRACKET, (rate, rtol), xtol=1e-14, rtol=1e-14) for rtol in (FINE, COARSE))
    error = abs(m - loose) + FOLDS * rate.cold_rate
    return ZfkOrbit(rate, Measured(m, error), _integrate(m, rate, FINE, dense=True))


def _miss(m: float, rate: ZfkRate, rtol: float) -> float:
    """Return θ' − mθ at the cold end; where the orbit stopped before it, minus the θ it had come to."""
    found = _integrate(m, rate, rtol)
    u, p = math.exp(found.t[-1]), found.y[0, -1]
    return -(1 - u) if found.status == 1 else p * u - m * (1 - u)


def _integrate(m: float, rate: ZfkRate, rtol: float, dense: bool = False) -> Any:  # noqa: ANN401
    def slopes(tau: float, state: Array) -> tuple[float, float, float]:
        p, y, _ = state
        u = math.exp(tau)
        omega = rate.factor * y * math.exp(-rate.beta * u / (1 - rate.gamma * u))
        return omega / p - p - m, rate.lewis * (1 - m * (y - 1) / p) - y, -1 / p

    def stopped(_: float, state: Array) -> float:
        return state[0] - 0.01 * COLD

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
    def slopes(t: Array, state: Array, parameters: Array) -> Array:
        (theta, slope, fuel), m = state, float(parameters[0])
        u = 1 - theta
        omega = rate.factor * fuel * np.exp(-rate.beta * u / (1 - rate.gamma * u))
        return _length(rate, m) * np.stack(
            [slope, m * slope - omega, rate.lewis * (m * (theta + fuel - 1) - slope)]
        )

    def ends(left: Array, right: Array, parameters: Array) -> Array:
        m, u = float(parameters[0]), 1 - right[0]
        burnt = (right[1] - rate.decay(m) * u, right[2] - rate.remainder(m) * u)
        return np.array([left[0] - COLD, left[1] - m * left[0], *burnt])

    found: Any = solve_bvp(slopes, ends, *_guess(rate), p=[1.0], tol=tolerance, max_nodes=100_000)
    if not found.success:
        raise ArgumentError(f"reference of {rate}: {found.message}")
    return float(found.p[0])


def _length(rate: ZfkRate, m: float) -> float:
    return -math.log(COLD) / m + TAIL / rate.decay(m)


def _guess(rate: ZfkRate) -> tuple[Array, Array]:
    """Return a grid on [0, 1] and the flame with an infinitely thin layer, Y = 1 − θ."""
    kappa, layer = rate.decay(1.0), -math.log(COLD)
    x = np.union1d(np.linspace(0, layer, 200), layer + np.linspace(-4, TAIL, 400) / kappa)
    theta = np.where(x < layer, COLD * np.exp(x), 1.0)
    theta = np.minimum(theta, 1 - np.exp(-kappa * np.abs(x - layer)) / kappa)
    return x / x[-1], np.stack([theta, np.gradient(theta, x), 1 - theta])

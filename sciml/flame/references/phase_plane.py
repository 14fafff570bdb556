"""The flame in the phase plane: a first-order equation integrated from the burnt gas, and one root."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from scipy.integrate import ODEintWarning, odeint
from scipy.interpolate import make_interp_spline
from scipy.optimize import brentq
from scipy.special import expit, logit

from sciml.errors import ArgumentError, ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.references.profile import Profile
from sciml.flame.references.scaled import Scaled
from sciml.numerics.domains import Array

METHOD = "phase plane from the slow manifold by LSODA, Brent's method on s_L"
_DEEP = 1e-4  # the deficit where integration starts
_DEEPEST = 1e-8  # deficit below which no longer domain is reached
_STEP = 0.03  # between nodes, in the log-odds of the deficit
_RTOL = 1e-13  # of the integration, near rounding
_SPAN = 100.0  # by how much s_L may differ from the estimate for a thin reaction zone


def by_phase_plane(mixture: Mixture, length: float, guess: float | None = None) -> Profile:
    r"""Return the flame over at least `length` [m] from T_in.

    $dP/dy=-1+\Omega(y)/P$ is integrated from the slow manifold in the burnt gas, which attracts its
    neighbours, to the fresh gas y = 1. There P must equal the given slope; P(1) − slope falls as s_L
    grows, so that the root is unique. Positions follow from $d\xi=-dy/P$.

    Args:
        mixture: The gas and its state.
        length: How far the profile must reach [m].
        guess: An approximate s_L [m/s], which saves time; None for an estimate from the mixture.
    """
    speed = burning_velocity(mixture, guess)
    scaled, deep = Scaled(mixture, speed), _DEEP
    profile = trace(scaled, deep)
    while profile.length < length:
        deep *= 0.1
        if deep < _DEEPEST:
            raise ArgumentError(f"length: got {length:g} m, expected at most {profile.length:.3g} m")
        profile = trace(scaled, deep)
    return profile


@lru_cache(maxsize=64)
def burning_velocity(mixture: Mixture, guess: float | None = None) -> float:
    """Return s_L [m/s]; see `by_phase_plane`."""
    miss = partial(mismatch, mixture)
    start, factor = (1.5 * estimate(mixture), 1.1) if guess is None else (guess, 1.01)
    low, high = _bracket(miss, start, factor, sonic(mixture))
    return float(brentq(miss, low, high, xtol=1e-300, rtol=1e-14))


def mismatch(mixture: Mixture, s_L: float) -> float:
    """Return P(1) less its given value for a trial s_L; it falls through 0 at the solution."""
    scaled = Scaled(mixture, s_L)
    return float(_integrate(scaled, np.array([_DEEP, 1.0]))[-1] - scaled.pinned)


def estimate(mixture: Mixture) -> float:
    r"""Return s_L [m/s] of a thin reaction zone, $\int\Omega\,dy=\frac12$ (Zeldovich, Frank-Kamenetskii)."""
    trial = 0.01 * sonic(mixture)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    area = 0.5 * weights @ Scaled(mixture, trial).omega(0.5 * (1.0 + nodes), np)
    return float(trial * math.sqrt(2.0 * area))


def sonic(mixture: Mixture) -> float:
    """Return the s_L [m/s] above which the gas would choke before it is burnt: C² = 4 Rg T_max."""
    burnt = mixture.Rg * mixture.T_max
    return math.sqrt(burnt) - math.sqrt(burnt - mixture.Rg * mixture.T_in)


def trace(scaled: Scaled, deep: float) -> Profile:
    """Return the flame of a known s_L from T_in to the deficit `deep`."""
    odds, y = _nodes(scaled.pinned, deep)
    P = _integrate(scaled, y)
    P[-1] = scaled.pinned
    stretch = make_interp_spline(odds, y * (1.0 - y / (1.0 + scaled.pinned)) / P, k=7)
    xi = stretch.antiderivative()(odds)
    return Profile(scaled, (xi[-1] - xi)[::-1].copy(), y[::-1].copy(), P[::-1].copy())


def _bracket(miss: Callable[[float], float], start: float, factor: float, top: float) -> tuple[float, float]:
    """Return two values of s_L with the root between them, by steps that grow from `start`."""
    start = near = min(start, 0.5 * top)
    slow = miss(near) > 0.0
    while True:
        far = near * factor if slow else near / factor
        if far >= top:
            raise ArgumentError("mixture: the flame would be faster than sound; lower A or heat, or raise Ea")
        if far < start / _SPAN:
            raise ArgumentError("slope: steeper than the flame of this mixture; lower slope")
        if (miss(far) > 0.0) != slow:
            return min(near, far), max(near, far)
        near, factor = far, factor**1.5


def _integrate(scaled: Scaled, y: Array) -> Array:
    """Return P at ascending deficits `y`, from the slow manifold at the first.

    Where a trial s_L is too high, P would follow Ω down to nothing in the fresh gas. There it is cut off
    below all it can be in the solution and goes on below zero at slope −1: the mismatch stays monotonic.
    """
    omega, first = scaled.omega, scaled.manifold(float(y[0]))
    least, floor = 0.5 * first, 0.1 * scaled.pinned

    def slope(P: Array, at: float) -> float:
        value = P.item()
        return omega(at) / value - 1.0 if value > (floor if at > 0.5 else least) else -1.0

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ODEintWarning)  # becomes an error below
        path, info = odeint(slope, first, y, rtol=_RTOL, atol=1e-13 * first, full_output=True, mxstep=20000)
    if info["message"] != "Integration successful.":
        raise ScimlError(f"phase plane at s_L = {scaled.s_L:.6g} m/s: {info['message']}")
    return np.asarray(path[:, 0])


def _nodes(pinned: float, deep: float) -> tuple[Array, Array]:
    """Return even log-odds of y/(1 + pinned), for a front that starts at slope `pinned`, and y up to 1."""
    low, high = (float(logit(y / (1.0 + pinned))) for y in (deep, 1.0))
    odds = np.linspace(low, high, 2 + int((high - low) / _STEP))
    y = (1.0 + pinned) * expit(odds)
    y[[0, -1]] = deep, 1.0
    return odds, y

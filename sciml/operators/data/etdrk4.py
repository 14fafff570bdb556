"""Burgers' equation by time steps: the classical solver that knows of no Cole–Hopf transform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from sciml.arguments import check_count
from sciml.numerics.domains import Array
from sciml.operators.data.burgers import Burgers
from sciml.operators.data.series import Series

Spectrum = NDArray[np.complex128]
CONTOUR = 32  # points of the circle over which the coefficients are averaged


def burgers_by_steps(operator: Burgers, inputs: Series, n: int, steps: int) -> Array:
    r"""Return u(T) on the grid of n points, of shape (N, n), by Fourier modes and ETDRK4.

    With L = −ν(2πj)² exact and $N(\hat u) = -\pi i j\,\widehat{u^2}$, dealiased by two thirds: fourth order
    in T/steps, spectral in n.

    References:
        S. M. Cox and P. C. Matthews, Exponential time differencing for stiff systems, 2002.
        A.-K. Kassam and L. N. Trefethen, Fourth-order time stepping for stiff PDEs, 2005.
    """
    check_count("steps", steps)
    u = scipy.fft.rfft(inputs.on_grid(n), axis=1)
    j = np.arange(u.shape[1])
    half = np.where(3 * j < n, -1j * np.pi * j, 0)
    linear = -operator.nu * (2 * np.pi * j) ** 2
    advance = _stepper(linear, lambda v: half * _squared(v, n), operator.time / steps)
    for _ in range(steps):
        u = advance(u)
    values: Array = scipy.fft.irfft(u, n, axis=1)
    return values


def _squared(v: Spectrum, n: int) -> Spectrum:
    modes: Spectrum = scipy.fft.rfft(scipy.fft.irfft(v, n, axis=1) ** 2, axis=1)
    return modes


def _stepper(linear: Array, slope: Callable[[Any], Any], h: float) -> Callable[[Spectrum], Spectrum]:
    """Return the map from one time to the next."""
    whole, half = np.exp(h * linear), np.exp(h * linear / 2)
    q, f1, f2, f3 = _weights(h * linear)

    def advance(u: Spectrum) -> Spectrum:
        at_u = slope(u)
        a = half * u + h * q * at_u
        at_a = slope(a)
        at_b = slope(half * u + h * q * at_a)
        at_c = slope(half * a + h * q * (2 * at_b - at_u))
        later: Spectrum = whole * u + h * (f1 * at_u + 2 * f2 * (at_a + at_b) + f3 * at_c)
        return later

    return advance


def _weights(z: Array) -> tuple[Array, ...]:
    """Return (e^{z/2}−1)/z and the three weights of the last stage, by means over circles around z."""
    circle = np.exp(1j * np.pi * (np.arange(CONTOUR) + 0.5) / CONTOUR)
    r = z[:, None] + circle
    e = np.exp(r)
    parts = (
        (np.exp(r / 2) - 1) / r,
        (-4 - r + e * (4 - 3 * r + r**2)) / r**3,
        (2 + r + e * (r - 2)) / r**3,
        (-4 - 3 * r - r**2 + e * (4 - r)) / r**3,
    )
    return tuple(part.mean(axis=1).real for part in parts)

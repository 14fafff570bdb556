r"""Burgers' equation by the Cole–Hopf transform, in two forms.

With $v_0$ the initial value less its mean m, $W = \int v_0$ and $\varphi_0 = e^{-W/2\nu}$, φ solves the heat
equation and $u(x, t) = m - 2\nu\,(\varphi_x/\varphi)(x - mt, t)$.

References:
    J. D. Cole, On a quasi-linear parabolic equation occurring in aerodynamics, 1951.
    E. Hopf, The partial differential equation u_t + u u_x = μ u_xx, 1950.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from sciml.numerics.domains import Array
from sciml.operators.data.series import Series

NEGLIGIBLE = 50.0  # e^−50: less than rounding, in either form
LEAST_NODES, NODES_A_MODE = 2048, 4  # that hold φ₀, an exponential of the initial value, to rounding
ROWS = 32  # points whose kernels are held at a time: few enough to stay in the cache


def nodes_for(modes: int) -> int:
    """Return how many nodes on (0, 1) hold φ₀ of an initial value of so many modes."""
    return int(scipy.fft.next_fast_len(max(LEAST_NODES, NODES_A_MODE * (modes + 1)), real=True))


def heat_potential(initial: Series, nu: float, time: float, nodes: int) -> Series:
    """Return φ(x − mt, t) as a series, by FFT; its relative error is about 1e-16 max φ / min φ."""
    start = scipy.fft.rfft(_start(initial, nu, nodes), axis=1, norm="forward", overwrite_x=True)
    last = int(math.sqrt(NEGLIGIBLE / (4 * math.pi**2 * nu * time))) + 1
    modes = Series(start[:, : min(last + 1, nodes // 2)])
    k = modes.wavenumbers
    decay = np.exp(-nu * time * k**2 - 1j * time * np.multiply.outer(initial.mean, k))
    decay[:, 1:] *= 2
    return Series(modes.coefficients * decay)


def velocity_by_series(initial: Series, nu: float, time: float, nodes: int) -> tuple[Series, Series]:
    """Return m φ − 2ν φ_x and φ, both at (x − mt, t): the velocity is the first over the second."""
    potential = heat_potential(initial, nu, time, nodes)
    flux = initial.mean[:, None] - 2j * nu * potential.wavenumbers
    return Series(potential.coefficients * flux), potential


def velocity_by_kernel(initial: Series, nu: float, time: float, nodes: int, points: Array) -> Array:
    r"""Return u at the points (m,), of shape (N, m), by sums in which every weight is positive.

    $$u(x, t) = m + \frac{\sum_y \frac{x-y}{t}\,e^{-(x-y)^2/4\nu t}\varphi_0(y)}
    {\sum_y e^{-(x-y)^2/4\nu t}\varphi_0(y)}$$

    with x − mt for x, and over all nodes y of the real line that matter: no digit is lost to cancellation
    in φ, however much φ varies. It works in the precision of the coefficients.
    """
    moved = initial.scaled(lambda k: np.exp(-1j * time * np.multiply.outer(initial.mean, k)))
    start = _start(moved, nu, nodes).T
    y = np.arange(nodes, dtype=start.dtype) / nodes
    sums = [_sums(points[i : i + ROWS], y, nu * time, start) for i in range(0, len(points), ROWS)]
    weight, moment = (np.concatenate(parts) for parts in zip(*sums, strict=True))
    return (initial.mean + moment / (time * weight)).T


def _start(initial: Series, nu: float, nodes: int) -> Array:
    """Return φ₀ at the nodes, of shape (N, nodes), each with the largest value 1."""
    exponent = initial.scaled(lambda k: 1j / (2 * nu * k)).on_grid(nodes)
    exponent -= exponent.max(axis=1, keepdims=True)
    return np.exp(exponent, out=exponent)


def _sums(x: Array, y: Array, spread: float, start: Array) -> tuple[Array, Array]:
    """Return Σ K φ₀ and Σ (x−y) K φ₀ for K = exp(−(x−y)²/4 spread), both of shape (points, N)."""
    near = np.subtract.outer(x.astype(y.dtype), y)
    near -= np.round(near)
    farthest = math.sqrt(0.25 + 4 * NEGLIGIBLE * spread)
    weight, moment = np.zeros_like(near), np.zeros_like(near)
    for image in range(-math.ceil(farthest - 0.5), math.ceil(farthest - 0.5) + 1):
        distance = near + image
        kernel = np.exp(distance**2 / (-4 * spread))
        weight += kernel
        moment += distance * kernel
    return weight @ start, moment @ start

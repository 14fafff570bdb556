"""Functions on (0, 1) given by their Fourier coefficients, evaluated exactly on grids and at points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array

Complex = NDArray[np.complexfloating[Any, Any]]


@dataclass(frozen=True)
class Series:
    r"""N functions $f(x) = s\,x + \mathrm{Re}\sum_{j=0}^{J} c_j e^{i\pi p j x}$.

    Attributes:
        coefficients: c_j, of shape (N, J+1); c_0 is real.
        multiple: p, 2 for functions of period 1 and 1 for sine series that vanish at 0 and 1.
        slope: s, of shape (N,), or None where it is zero.
    """

    coefficients: Complex
    multiple: int = 2
    slope: Array | None = None

    @property
    def wavenumbers(self) -> Array:
        """The wavenumbers π p j, of shape (J+1,), in the precision of the coefficients."""
        j = np.arange(self.coefficients.shape[1]).astype(self.coefficients.real.dtype)
        return self.multiple * 4 * np.arctan(np.ones_like(j)) * j

    @property
    def mean(self) -> Array:
        """The coefficient c_0, of shape (N,): the mean of a periodic function."""
        return self.coefficients[:, 0].real

    def on_grid(self, n: int) -> Array:
        """Return f at the n points of `grid(n, multiple)`, of shape (N, n), by FFT, whatever n is."""
        length = n if self.multiple == 2 else 2 * (n - 1)
        finer = 1 + 2 * (self.coefficients.shape[1] - 1) // length
        half = self.coefficients / 2
        half[:, 0] *= 2
        values = scipy.fft.irfft(half, length * finer, axis=1, norm="forward", overwrite_x=True)
        return self._sloped(values[:, ::finer][:, :n], grid(n, self.multiple))

    def at(self, points: Array) -> Array:
        """Return f at any points (m,), of shape (N, m), by the sum as it stands."""
        phase = np.multiply.outer(self.wavenumbers, points)
        c = self.coefficients
        return self._sloped(c.real @ np.cos(phase) - c.imag @ np.sin(phase), points)

    def scaled(self, factor: Callable[[Array], NDArray[np.inexact[Any]]]) -> Series:
        """Return the series with each c_j, j ≥ 1, times factor(π p j), c_0 = 0 and no slope."""
        image = np.zeros_like(self.coefficients)
        image[:, 1:] = self.coefficients[:, 1:] * factor(self.wavenumbers[1:])
        return replace(self, coefficients=image, slope=None)

    def plus(self, constant: Array) -> Series:
        """Return the series with a constant, of shape (N,), added to each function."""
        moved = self.coefficients.copy()
        moved[:, 0] += constant
        return replace(self, coefficients=moved)

    def band(self, modes: int) -> Series:
        """Return the series without the modes above `modes`."""
        return replace(self, coefficients=self.coefficients[:, : modes + 1])

    def first(self, count: int) -> Series:
        """Return the first `count` functions."""
        slope = None if self.slope is None else self.slope[:count]
        return replace(self, coefficients=self.coefficients[:count], slope=slope)

    def extended(self) -> Series:
        """Return the same functions, to be computed with in extended precision (where the machine has it)."""
        slope = None if self.slope is None else self.slope.astype(np.longdouble)
        return replace(self, coefficients=self.coefficients.astype(np.clongdouble), slope=slope)

    def _sloped(self, values: Array, points: Array) -> Array:
        return values if self.slope is None else values + np.multiply.outer(self.slope, points)


def grid(n: int, multiple: int) -> Array:
    """Return the n grid points: i/n for periodic functions, i/(n−1) for sine series (both ends in)."""
    if n < 2 + (multiple == 1):
        raise ArgumentError(f"n: got {n}, expected at least {2 + (multiple == 1)} points")
    return np.arange(n) / (n if multiple == 2 else n - 1)


def grid_weights(n: int, multiple: int) -> Array:
    """Return the grid's quadrature weights, which sum to 1: equal, or the trapezoidal rule's."""
    weights = np.full(n, 1.0 / (n if multiple == 2 else n - 1))
    if multiple == 1:
        weights[[0, -1]] /= 2
    return weights


def most_modes(n: int, multiple: int) -> int:
    """Return how many modes a grid of n points tells apart."""
    return (n - 1) // 2 if multiple == 2 else n - 2

"""Parameters of any range and scale as numbers of order one without bounds, and back, in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

from sciml.errors import ArgumentError, DataError
from sciml.numerics.domains import Array

CONSTANT = 1e-12  # relative spread below which numbers differ by rounding alone
LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Ranges:
    """The map u = (g(θ) − shift) / scale of each parameter, which keeps every draw within its bounds.

    g is Φ⁻¹((θ − low)/(high − low)) between two bounds, so that a flat density becomes the normal one;
    log(θ − low) or −log(high − θ) with one bound; θ itself with none. A density in u has no mass outside.

    Attributes:
        low: (p,), −∞ where there is no bound.
        high: (p,), +∞ where there is no bound.
        shift: (p,).
        scale: (p,), positive.
    """

    low: Array
    high: Array
    shift: Array
    scale: Array

    @classmethod
    def fit(cls, parameters: Array, bounds: Any = None) -> Self:  # noqa: ANN401
        """Return the map under which these parameters (n, p) have mean 0 and standard deviation 1.

        Raises:
            ArgumentError: If `bounds` are not a pair low < high for each parameter.
            DataError: If a row lies outside of the bounds, or a parameter is constant.
        """
        low, high = _bounds(bounds, parameters.shape[1])
        _refuse_outside(parameters, low, high)
        zeros = np.zeros_like(low)
        free = cls(low, high, zeros, zeros + 1).encode(parameters)[0]
        scale = free.std(0)
        constant = np.flatnonzero(scale <= CONSTANT * (1 + np.abs(free).max(0)))
        if len(constant):
            raise DataError(f"parameters: column {constant[0]} is constant, it has no posterior; remove it")
        return cls(low, high, free.mean(0), scale)

    def encode(self, parameters: Array) -> tuple[Array, Array]:
        """Return u, (n, p), and log |∂u/∂θ| summed over the parameters, (n,): −∞ outside of the bounds."""
        inside = np.all((parameters > self.low) & (parameters < self.high), axis=1)
        pairs = [self._free(column, parameters[:, column]) for column in range(len(self.low))]
        u = (np.stack([g for g, _ in pairs], 1) - self.shift) / self.scale
        log_slope = np.sum([slope for _, slope in pairs], axis=0) - np.log(self.scale).sum()
        return np.where(inside[:, None], u, 0.0), np.where(inside, log_slope, -np.inf)

    def decode(self, u: Array) -> Array:
        """Return the parameters of u, (…, p)."""
        g = u * self.scale + self.shift
        with np.errstate(over="ignore"):
            columns = [self._bounded(column, g[..., column]) for column in range(len(self.low))]
        return np.stack(columns, -1)

    def _free(self, column: int, value: Array) -> tuple[Array, Array]:
        """Return g and log g' of one parameter; what they are outside of its bounds does not matter."""
        low, high = self.low[column], self.high[column]
        with np.errstate(all="ignore"):
            if np.isfinite(low) and np.isfinite(high):
                below, above = (value - low) / (high - low), (high - value) / (high - low)
                g = np.where(below < above, ndtri(below), -ndtri(above))
                return g, g**2 / 2 + LOG_ROOT_TWO_PI - math.log(high - low)
            if np.isfinite(low):
                return np.log(value - low), -np.log(value - low)
            if np.isfinite(high):
                return -np.log(high - value), -np.log(high - value)
            return value, np.zeros_like(value)

    def _bounded(self, column: int, g: Array) -> Array:
        """Return the parameter of g, strictly within its bounds."""
        low, high = self.low[column], self.high[column]
        if not np.isfinite(low) and not np.isfinite(high):
            return g
        if not np.isfinite(high):
            value = low + np.exp(g)
        elif not np.isfinite(low):
            value = high - np.exp(-g)
        else:
            near = (high - low) * ndtr(-np.abs(g))  # from the nearer bound, so that none is lost by rounding
            value = np.where(g < 0, low + near, high - near)
        inside: Array = np.clip(value, np.nextafter(low, np.inf), np.nextafter(high, -np.inf))
        return inside


def _bounds(bounds: Any, count: int) -> tuple[Array, Array]:  # noqa: ANN401
    """Return the lower and the upper bounds of all parameters; None, and None in a pair, is no bound."""
    if bounds is None:
        return np.full(count, -np.inf), np.full(count, np.inf)
    expected = f"a pair (low, high) for each of the {count} parameters, None where there is no bound"
    try:
        pairs = [(None, None) if pair is None else tuple(pair) for pair in bounds]
        low = np.array([-np.inf if a is None else float(a) for a, _ in pairs])
        high = np.array([np.inf if b is None else float(b) for _, b in pairs])
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"bounds: got {bounds!r}, expected {expected}") from error
    if len(low) != count or not (low < high).all():  # NaN is refused too
        raise ArgumentError(f"bounds: got {bounds!r}, expected {expected}, and low < high")
    return low, high


def _refuse_outside(parameters: Array, low: Array, high: Array) -> None:
    rows, columns = np.nonzero((parameters <= low) | (parameters >= high))
    if len(rows):
        row, column = int(rows[0]), int(columns[0])
        raise DataError(
            f"parameters: got {parameters[row, column]:g} in row {row}, column {column}, expected it within "
            f"its bounds {low[column]:g} and {high[column]:g}; widen the bounds or leave such rows out"
        )

"""A flame known by its deficit, slope and curvature at nodes, for any position between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import ArgumentError
from sciml.flame.references.scaled import Scaled
from sciml.numerics.domains import Array


@dataclass(frozen=True, eq=False)
class Profile:
    """The flame from T_in on, at nodes `xi` that ascend from 0.

    Attributes:
        scaled: The equation and its s_L.
        xi: Positions without unit, shape (n,).
        y: Deficits (T_max − T)/(T_max − T_in) there, shape (n,).
        P: Slopes −dy/dξ there, shape (n,).
    """

    scaled: Scaled
    xi: Array
    y: Array
    P: Array

    @property
    def s_L(self) -> float:
        """Laminar burning velocity [m/s]."""
        return self.scaled.s_L

    @property
    def length(self) -> float:
        """How far from T_in the flame is known [m]."""
        return float(self.xi[-1] * self.scaled.thickness)

    def temperature(self, x: ArrayLike) -> Array:
        """Return the temperature [K] at the positions `x` [m]."""
        return np.asarray(self.scaled.temperature(self.deficit(x)))

    def deficit(self, x: ArrayLike) -> Array:
        """Return y at the positions `x` [m], by quintic Hermite interpolation."""
        xi = np.asarray(x, np.float64) / self.scaled.thickness
        if not ((xi >= 0.0) & (xi <= self.xi[-1])).all():
            raise ArgumentError(
                f"x: got positions outside [0, {self.length:.6g}] m, where the flame is known"
            )
        curvature = self.scaled.omega(self.y, np) - self.P
        return hermite(xi, self.xi, self.y, -self.P, curvature)


def hermite(x: Array, nodes: Array, f: Array, slope: Array, curvature: Array) -> Array:
    """Return at `x` the piecewise quintic that has the given values and two derivatives at the nodes."""
    cell = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
    h = np.diff(nodes)[cell]
    s = (x - nodes[cell]) / h
    left, right = f[cell], f[cell + 1]
    a, b = h * slope[cell], h * slope[cell + 1]
    c, d = 0.5 * h * h * curvature[cell], 0.5 * h * h * curvature[cell + 1]
    jump, rise, bend = right - left - a - c, b - a - 2.0 * c, 2.0 * (d - c)
    cubic = 10.0 * jump - 4.0 * rise + 0.5 * bend
    quartic = -15.0 * jump + 7.0 * rise - bend
    quintic = 6.0 * jump - 3.0 * rise + 0.5 * bend
    return np.asarray(left + s * (a + s * (c + s * (cubic + s * (quartic + s * quintic)))))

"""The coordinate y in which states of a position-dependent c are as smooth as they would be without it.

With dy/dx = κ/c the equation −(cψ')' + Vψ = Eψ reads −(κ²/c) ψ_yy + Vψ = Eψ, and ψ_y = cψ'/κ: ψ and cψ' are
continuous where ψ and ψ_y are. Networks are functions of y; quadrature stays in x. The unit κ makes y run
from one end of the box to the other as x does. Where c is a number, y is x.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre

from sciml.numerics.domains import Array, Interval
from sciml.quantum.cells import Function
from sciml.quantum.look import NODES, Look, legendre_modes, take_look

SIZED = 64  # points at which the size of c is taken


@dataclass(frozen=True, eq=False)
class Coordinate:
    """y(x) of what has been seen of c.

    Attributes:
        look: What has been seen of c.
    """

    look: Look

    @cached_property
    def unit(self) -> float:
        """κ, the harmonic mean of c over the box."""
        return float(self.look.interval.length / (self.look.weights / self.look.values).sum())

    @cached_property
    def _rates(self) -> Array:
        """Return dy/dx on the pieces, as Legendre series."""
        return legendre_modes(self.unit / self.look.values)

    @cached_property
    def _means(self) -> tuple[Array, Array]:
        """Return y at the left of each piece, and the mean rate from there on, as Legendre series.

        A mean rate keeps all digits of a small distance from the end of the box.
        """
        nodes, _ = legendre.leggauss(NODES)
        rises = legendre.legval(nodes, legendre.legint(self._rates, lbnd=-1, axis=1).T)
        whole = np.diff(self.look.edges) * self._rates[:, 0]
        starts = self.look.interval.left + np.concatenate([[0.0], np.cumsum(whole)[:-1]])
        return starts, legendre_modes(rises / (1 + nodes))

    def __call__(self, x: Array) -> Array:
        """Return y."""
        left, right = self.look.interval.left, self.look.interval.right
        starts, means = self._means
        owner = self._owner(x)
        inside = starts[owner] + (x - self.look.edges[owner]) * self._value(means, x)
        return np.select([x <= left, x >= right], [left, right], np.clip(inside, left, right))

    def bend(self, x: Array) -> Array:
        """Return d²y/dx²."""
        rates = legendre.legder(self._rates, axis=1)
        owner = self._owner(x)
        return np.asarray(self._value(rates, x) * 2 / np.diff(self.look.edges)[owner])

    def stretched(self, interval: Interval) -> Interval:
        """Return an interval with its interfaces in y."""
        inner = self(np.array(interval.interfaces))
        return Interval(interval.left, interval.right, tuple(float(y) for y in inner))

    def _owner(self, x: Array) -> Array:
        edges = self.look.edges
        return np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)

    def _value(self, modes: Array, x: Array) -> Array:
        owner = self._owner(x)
        left, right = self.look.edges[owner], self.look.edges[owner + 1]
        s = ((x - left) - (right - x)) / (right - left)
        return np.asarray(legendre.legval(s, np.moveaxis(modes[owner], -1, 0), tensor=False))


def look_at_kinetic(function: Function, interval: Interval, step: float) -> Look:
    """Return a look at c all over the box: all that matters in it is how much it differs from itself."""
    largest = float(function(interval.without_interfaces().midpoints(SIZED).points).max())
    return take_look(function, interval, largest * interval.length**2, 1, step=step, search=True)

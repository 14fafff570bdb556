"""Intervals and quadrature aligned with the points where a coefficient is not smooth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.arguments import check_count, check_number
from sciml.errors import ArgumentError

Array = NDArray[np.floating[Any]]

SHORTEST, LONGEST = 1e-70, 1e70  # the fourth power of a length, its inverse too, is a float64


@dataclass(frozen=True)
class Quadrature:
    """Points (n,) and weights (n,): ∫ f dx ≈ Σ wᵢ f(xᵢ)."""

    points: Array
    weights: Array


@dataclass(frozen=True)
class Interval:
    """[left, right], cut at `interfaces` into regions in which everything is smooth.

    >>> Interval(-1.0, 1.0, (0.0,)).regions
    ((-1.0, 0.0), (0.0, 1.0))
    """

    left: float
    right: float
    interfaces: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_bounds(self.left, self.right)
        for point in self.interfaces:
            check_number("interfaces", point)
            if not self.left < point < self.right:
                raise ArgumentError(
                    f"interfaces: got {point!r}, expected points strictly inside ({self.left}, {self.right})"
                )
        if any(a >= b for a, b in pairwise(self.interfaces)):
            raise ArgumentError(f"interfaces: got {self.interfaces}, expected increasing points")

    @property
    def length(self) -> float:
        """The length, right − left."""
        return self.right - self.left

    @property
    def centre(self) -> float:
        """The middle of the interval."""
        return 0.5 * (self.left + self.right)

    @property
    def regions(self) -> tuple[tuple[float, float], ...]:
        """The pieces between interfaces."""
        return tuple(pairwise((self.left, *self.interfaces, self.right)))

    def quadrature(self, points: int) -> Quadrature:
        """Gauss–Legendre with `points` nodes in each region: exact there for degree 2·points − 1."""
        check_count("points", points)
        nodes, weights = _gauss(points)
        halves = np.array([(b - a) / 2 for a, b in self.regions])
        middles = np.array([(a + b) / 2 for a, b in self.regions])
        x = middles[:, None] + halves[:, None] * nodes
        return Quadrature(x.ravel(), (halves[:, None] * weights).ravel())

    def midpoints(self, points: int) -> Quadrature:
        """The midpoint rule with `points` even cells in each region."""
        check_count("points", points)
        centres = (np.arange(points) + 0.5) / points
        x = [a + (b - a) * centres for a, b in self.regions]
        weights = [np.full(points, (b - a) / points) for a, b in self.regions]
        return Quadrature(np.concatenate(x), np.concatenate(weights))

    def without_interfaces(self) -> Interval:
        """The same interval in one piece."""
        return Interval(self.left, self.right)


@lru_cache(maxsize=64)
def _gauss(points: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(points)


def _check_bounds(left: float, right: float) -> None:
    for name, bound in (("left", left), ("right", right)):
        check_number(f"domain {name} end", bound)
    if left >= right:
        raise ArgumentError(f"domain: got [{left}, {right}], expected left < right")
    if not (SHORTEST <= right - left <= LONGEST and max(-left, right) <= LONGEST):
        raise ArgumentError(
            f"domain: got [{left}, {right}], expected a length from {SHORTEST:g} to {LONGEST:g}, and no "
            "end farther from zero; choose other units of length"
        )

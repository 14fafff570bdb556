"""Gauss-Legendre quadrature and the integrated Legendre polynomials of one element."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander
from numpy.typing import NDArray

from sciml.numerics.domains import Array

LongArray: TypeAlias = NDArray[np.longdouble]
AnyArray = TypeVar("AnyArray", Array, LongArray)


@lru_cache(maxsize=256)
def gauss(points: int) -> tuple[Array, Array]:
    """Return Gauss-Legendre nodes and weights on [-1, 1]."""
    nodes, weights = _long_gauss(points)
    return nodes.astype(np.float64), weights.astype(np.float64)


@lru_cache(maxsize=256)
def _long_gauss(points: int) -> tuple[LongArray, LongArray]:
    """Return nodes and weights polished by Newton's method in extended precision, where there is one.

    Plain ones have errors of 1e-13 in the smallest weights, which states next to an interface would inherit.
    """
    nodes = leggauss(points)[0].astype(np.longdouble)
    for _ in range(2):
        value, before = legvander(nodes, points)[:, [points, points - 1]].T
        slope = points * (before - nodes * value) / (1 - nodes**2)
        nodes = nodes - value / slope
    before = legvander(nodes, points - 1)[:, -1]
    return nodes, 2 * (1 - nodes**2) / (points * before) ** 2


@lru_cache(maxsize=256)
def reference_shapes(degree: int, points: int) -> tuple[Array, Array]:
    """Return the shapes N_0 ... N_p and their slopes at Gauss nodes."""
    nodes = _long_gauss(points)[0]
    return shapes(nodes, degree).astype(np.float64), slopes(nodes, degree).astype(np.float64)


def shapes(s: AnyArray, degree: int) -> AnyArray:
    """Return the two hats and the integrated Legendre polynomials at `s` in [-1, 1], shape (n, p + 1)."""
    legendre = legvander(s, degree)
    bubbles = (legendre[:, 2:] - legendre[:, :-2]) / (2 * np.arange(2, degree + 1) - 1)
    return np.concatenate((0.5 * (1 - s)[:, None], 0.5 * (1 + s)[:, None], bubbles), axis=1)


def slopes(s: AnyArray, degree: int) -> AnyArray:
    """Return the derivatives of `shapes`."""
    half = np.full_like(s, 0.5)[:, None]
    return np.concatenate((-half, half, legvander(s, degree)[:, 1:degree]), axis=1)


def legendre_series(values: Array) -> Array:
    """Return the Legendre coefficients of what has the given values at the Gauss points, shape (m, q)."""
    points = values.shape[1]
    nodes, weights = gauss(points)
    return values @ (legvander(nodes, points - 1) * weights[:, None] * (np.arange(points) + 0.5))

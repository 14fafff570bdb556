"""Observations of a flame that is known, with noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import ArgumentError
from sciml.flame.mixture import LENGTH, Mixture
from sciml.flame.observations import FEWEST, FIELDS, Observations
from sciml.flame.references.phase_plane import by_phase_plane
from sciml.flame.references.premixed import check_length, fields_of
from sciml.numerics.domains import Array

EXACT = 1e-6  # relative standard deviation that weighs observations without noise


def simulate(
    mixture: Mixture, points: int | ArrayLike, noise: float, seed: int, length: float = LENGTH
) -> Observations:
    """Return T and u of a flame with Gaussian noise in proportion to each value.

    The standard deviation of a value is `noise` times the value itself, not its range; without noise it is
    `EXACT` times the value, which is then only a weight.

    Args:
        mixture: The gas and its state.
        points: Positions [m], or how many there are, even over [0, length], both ends included.
        noise: The relative standard deviation, 0.02 for 2 %.
        seed: Of the noise.
        length: Right end of the domain [m].
    """
    check_length(length)
    x = _positions(points, length)
    if not (math.isfinite(noise) and 0.0 <= noise < 1.0):
        raise ArgumentError(f"noise: got {noise!r}, expected a number from 0 to below 1")
    exact = fields_of(by_phase_plane(mixture, length), x)
    rng = np.random.default_rng(seed)
    values = {name: exact[name] * (1.0 + noise * rng.standard_normal(len(x))) for name in FIELDS}
    return Observations(x, values, {name: max(noise, EXACT) * exact[name] for name in FIELDS})


def _positions(points: int | ArrayLike, length: float) -> Array:
    """Return the positions to observe."""
    if isinstance(points, bool) or (np.ndim(points) == 0 and not isinstance(points, int | np.integer)):
        raise ArgumentError(f"points: got {points!r}, expected a whole number or positions in metres")
    if isinstance(points, int | np.integer):
        if points < FEWEST:
            raise ArgumentError(f"points: got {points}, expected at least {FEWEST}")
        return np.linspace(0.0, length, int(points))
    x = np.asarray(points, np.float64).ravel()
    if len(x) < FEWEST or not ((x >= 0.0) & (x <= length)).all():
        raise ArgumentError(f"points: expected {FEWEST} or more positions from 0 to {length:g} m")
    return x

"""Checks of what users hand to the reference solvers; each failure is one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from sciml.arguments import refusal
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array

Profile: TypeAlias = Callable[[Array], ArrayLike]


def check_numbers(name: str, values: ArrayLike) -> Array:
    """Return `values` as a vector of finite floats."""
    try:
        numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ArgumentTypeError(refusal(name, values, "numbers")) from None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ArgumentError(refusal(name, values, "a flat sequence of finite numbers"))
    return numbers


def check_edges(name: str, values: ArrayLike) -> Array:
    """Return `values` as at least two ascending positions."""
    edges = check_numbers(name, values)
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ArgumentError(refusal(name, edges.tolist(), "at least two strictly ascending positions"))
    return edges


def region_edges(domain: Sequence[float], interfaces: ArrayLike) -> Array:
    """Return the ends of the box and the interfaces between them, ascending and each once."""
    ends = check_edges("domain", domain)
    if len(ends) != 2:
        raise ArgumentError(refusal("domain", ends.tolist(), "two numbers, left and right"))
    inner = check_numbers("interfaces", interfaces)
    outside = inner[(inner < ends[0]) | (inner > ends[1])]
    if outside.size:
        expected = f"positions inside the domain [{ends[0]:g}, {ends[1]:g}]"
        raise ArgumentError(refusal("interfaces", float(outside[0]), expected))
    return np.union1d(ends, inner)


def sample(name: str, profile: Profile | float, x: Array) -> Array:
    """Return a number or a function as finite values at `x`, with the shape of `x`."""
    raw = profile(x.ravel()) if callable(profile) else profile
    try:
        values = np.broadcast_to(np.asarray(raw, dtype=np.float64), (x.size,))
    except (TypeError, ValueError):
        raise ArgumentError(f"{name}: expected one real number for each of its {x.size} points") from None
    bad = ~np.isfinite(values)
    if bad.any():
        at = x.ravel()[bad.argmax()]
        raise ArgumentError(f"{name}: got {values[bad.argmax()]:g} at x = {at:g}, expected finite numbers")
    return values.reshape(x.shape)


def sample_kinetic(kinetic: Profile | float, x: Array) -> Array:
    """Return the kinetic coefficient at `x`; it must be positive."""
    values = sample("kinetic", kinetic, x)
    if not (values > 0).all():
        raise ArgumentError(f"kinetic: got {values.min():g}, expected positive numbers")
    return values


def energy_unit(kinetic: float, length: float) -> float:
    """Return c / L^2, the unit in which energies are of order one."""
    unit = kinetic / length / length
    if not (math.isfinite(unit) and unit > 0):
        got = f"{kinetic:g} on a box of length {length:g}"
        raise ArgumentError(f"kinetic: got {got}, expected a ratio within range; use other units")
    return unit

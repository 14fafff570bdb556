"""Checks of what users hand to the reference solvers; each failure is one line."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array

Profile: TypeAlias = Callable[[Array], ArrayLike]


def check_count(name: str, value: int, least: int) -> int:
    """Return `value` as an integer of at least `least`."""
    try:
        count = operator.index(value)
    except TypeError:
        raise ArgumentTypeError(f"{name} must be an integer, not {value!r}") from None
    if isinstance(value, bool) or count < least:
        raise ArgumentError(f"{name} must be an integer of at least {least}, not {value!r}")
    return count


def check_numbers(name: str, values: ArrayLike) -> Array:
    """Return `values` as a vector of finite floats."""
    try:
        numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be numbers, not {values!r}") from None
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ArgumentError(f"{name} must be a flat sequence of finite numbers")
    return numbers


def check_edges(name: str, values: ArrayLike) -> Array:
    """Return `values` as at least two ascending positions."""
    edges = check_numbers(name, values)
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ArgumentError(f"{name} must be at least two strictly ascending positions, not {edges.tolist()}")
    return edges


def region_edges(domain: Sequence[float], interfaces: ArrayLike) -> Array:
    """Return the ends of the box and the interfaces between them, ascending and each once."""
    ends = check_edges("domain", domain)
    if len(ends) != 2:
        raise ArgumentError(f"domain must be (left, right), not {len(ends)} numbers")
    inner = check_numbers("interfaces", interfaces)
    outside = inner[(inner < ends[0]) | (inner > ends[1])]
    if outside.size:
        raise ArgumentError(f"interface {outside[0]:g} lies outside the domain [{ends[0]:g}, {ends[1]:g}]")
    return np.union1d(ends, inner)


def sample(name: str, profile: Profile | float, x: Array) -> Array:
    """Return a number or a function as finite values at `x`, with the shape of `x`."""
    raw = profile(x.ravel()) if callable(profile) else profile
    try:
        values = np.broadcast_to(np.asarray(raw, dtype=np.float64), (x.size,))
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must return one real number for each of its {x.size} points") from None
    bad = ~np.isfinite(values)
    if bad.any():
        raise ArgumentError(f"{name} is not finite at x = {x.ravel()[bad.argmax()]:g}")
    return values.reshape(x.shape)


def sample_kinetic(kinetic: Profile | float, x: Array) -> Array:
    """Return the kinetic coefficient at `x`; it must be positive."""
    values = sample("kinetic", kinetic, x)
    if not (values > 0).all():
        raise ArgumentError(f"kinetic must be positive, not {values.min():g}")
    return values


def energy_unit(kinetic: float, length: float) -> float:
    """Return c / L^2, the unit in which energies are of order one."""
    unit = kinetic / length / length
    if not (math.isfinite(unit) and unit > 0):
        raise ArgumentError(f"kinetic {kinetic:g} on a box of length {length:g} is out of range")
    return unit

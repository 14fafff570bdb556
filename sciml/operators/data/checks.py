"""Checks of arrays that a user brings along; each failure is one line that says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import DataError
from sciml.numerics.domains import Array

OFF = 1e-6  # by which weights may fail to sum to 1, and steps of an even grid to be equal, relative


def functions(name: str, values: ArrayLike, points: int) -> Array:
    """Return `values`, functions on so many points, as a finite (N, points, channels) array."""
    array = numbers(name, values)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[1] != points:
        raise DataError(_shape_line(name, np.shape(values), points))
    if not array.size:
        raise DataError(f"{name}: got the shape {array.shape}, expected at least one sample and one channel")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=(1, 2)))
    if bad.size:
        more = f" and {bad.size - 1} more" if bad.size > 1 else ""
        raise DataError(f"{name}: NaN or infinite in sample {bad[0]}{more}; remove or repair these samples")
    return array


def _shape_line(name: str, shape: tuple[int, ...], points: int) -> str:
    line = f"{name}: got the shape {shape}, expected (samples, {points}, channels) for {points} positions"
    if len(shape) == 3 and shape[2] == points:
        return f"{line}; channels come last: pass np.moveaxis({name}, 1, 2)"
    if len(shape) > 3 and np.prod(shape[1:-1]) == points:
        return f"{line}; pass {name}.reshape({shape[0]}, {points}, {shape[-1]})"
    return line


def labels(values: ArrayLike, samples: int) -> Array:
    """Return the numbers of trajectories, one a sample."""
    array = numbers("trajectory", values)
    if array.shape != (samples,):
        raise DataError(f"trajectory: got the shape {array.shape}, expected ({samples},), one a sample")
    return array


def same_samples(inputs: Array, outputs: Array) -> None:
    """Refuse inputs and outputs that differ in number."""
    if len(inputs) != len(outputs):
        raise DataError(
            f"inputs, outputs: got the shapes {inputs.shape} and {outputs.shape}, that is {len(inputs)} and "
            f"{len(outputs)} samples; expected one output for each input"
        )


def coordinates(values: ArrayLike) -> Array:
    """Return positions as a finite (n, m) array of distinct points, increasing on a line."""
    array = numbers("positions", values)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[0] < 2 or not array.shape[1]:
        raise DataError(f"positions: got the shape {np.shape(values)}, expected (n,) or (n, m) with n ≥ 2")
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        raise DataError(f"positions: NaN or infinite at point {bad[0]}")
    if array.shape[1] == 1:
        _check_order(array[:, 0])
    _check_distinct(array)
    return array


def _check_order(x: Array) -> None:
    steps = np.diff(x)
    if (steps < 0).any():
        i = int(np.argmax(steps < 0))
        raise DataError(
            f"positions: point {i + 1} at {x[i + 1]:g} comes after {x[i]:g}, expected an increasing line; "
            "sort by order = np.argsort(positions.ravel()), inputs and outputs too: inputs[:, order]"
        )


def _check_distinct(array: Array) -> None:
    _, first, inverse = np.unique(array, axis=0, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse.ravel()] != np.arange(len(array)))
    if again.size:
        i = int(again[0])
        raise DataError(
            f"positions: points {first[inverse.ravel()[i]]} and {i} are both at {array[i].tolist()}, "
            "expected distinct points; drop one, in inputs and outputs too"
        )


def quadrature(values: ArrayLike | None, positions: Array) -> Array:
    """Return weights (n,) that are positive and sum to 1; see `OperatorData` for the default."""
    if values is None:
        return _default_weights(positions)
    weights = numbers("weights", values)
    if weights.shape != (len(positions),):
        raise DataError(
            f"weights: got the shape {weights.shape}, expected ({len(positions)},), one a position"
        )
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        bad = int(np.argmin(np.isfinite(weights) & (weights > 0)))
        raise DataError(f"weights: got {weights[bad]} at point {bad}, expected positive finite numbers")
    if abs(weights.sum() - 1) > OFF:
        raise DataError(f"weights: got the sum {weights.sum():g}, expected 1; pass weights / weights.sum()")
    return weights


def _default_weights(positions: Array) -> Array:
    n = len(positions)
    steps = np.diff(positions[:, 0])
    if positions.shape[1] > 1 or np.ptp(steps) <= OFF * steps.max():
        return np.full(n, 1.0 / n)
    around = np.zeros(n)
    around[:-1] += steps / 2
    around[1:] += steps / 2
    weights: Array = around / around.sum()
    return weights


def numbers(name: str, values: Any) -> Array:  # noqa: ANN401
    """Return an array of real numbers as float64, in C order; what is not numbers is refused."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{name}: rows of different lengths, expected an array of numbers") from None
    if array.dtype.kind == "c":
        raise DataError(f"{name}: complex numbers; give real and imaginary parts as two channels")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name}: holds {array.dtype}, expected numbers")
    return np.ascontiguousarray(array, dtype=np.float64)

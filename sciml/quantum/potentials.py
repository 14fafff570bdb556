"""A user's potential, called safely: NumPy first, torch if that is what it wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array

Potential = Callable[[Any], Any]


def evaluate(potential: Potential, x: Array, name: str = "potential") -> Array:
    """Return V(x), (n,) to (n,), or say at which x it is not a finite real number.

    Raises:
        ArgumentTypeError: if `potential` cannot be called, or returns something other than numbers.
        ArgumentError: if it returns another shape, complex numbers, NaN or infinities.
    """
    values = _called(potential, x, name)
    if np.iscomplexobj(values):
        first = x[np.flatnonzero(np.broadcast_to(values.imag, values.shape).ravel())[:1]]
        raise ArgumentError(f"{name}: returned complex numbers{_at(first)}, expected real ones")
    if values.shape != x.shape:
        raise ArgumentError(
            f"{name}: returned shape {values.shape} for x of shape {x.shape}, expected the same; "
            "write it for arrays, e.g. with np.where, and a constant as 0 * x + V0"
        )
    if values.dtype.kind == "f" and values.dtype.itemsize < np.dtype(np.float64).itemsize:
        raise ArgumentError(
            f"{name}: returned {values.dtype}, good to {np.finfo(values.dtype).eps:.0e} of V, expected "
            "float64; energies are asked for to 1e-9"
        )
    if not np.isfinite(values).all():
        bad = x[~np.isfinite(values)][:1]
        raise ArgumentError(
            f"{name}: returned {values[~np.isfinite(values)][0]}{_at(bad)}, expected finite numbers; "
            "replace a wall by the end of the domain"
        )
    return values.astype(np.float64)


def _at(x: Array) -> str:
    return f" at x = {x[0]:.6g}" if len(x) else ""


def _called(potential: Potential, x: Array, name: str) -> np.ndarray:
    if not callable(potential):
        raise ArgumentTypeError(f"{name}: got {potential!r}, expected a function of x")
    try:
        values = potential(x.copy())
    except Exception:  # whatever a user's function raises on NumPy, torch may be what it wants
        values = _called_with_torch(potential, x, name)
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    values = np.asarray(values)
    if values.dtype.kind not in "buifc":
        raise ArgumentTypeError(f"{name}: returned {values.dtype} values, expected numbers")
    return values


def _called_with_torch(potential: Potential, x: Array, name: str) -> Any:  # noqa: ANN401
    try:
        return potential(torch.from_numpy(x.copy()))
    except Exception as error:
        raise ArgumentError(
            f"{name}: failed on an array of {len(x)} points ({type(error).__name__}: {error}); "
            "write it for NumPy arrays or torch tensors, e.g. with np.where instead of if"
        ) from error

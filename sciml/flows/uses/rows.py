"""What is handed in as rows: anything array-like, checked, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.numerics.domains import Array


def as_array(name: str, value: Any) -> Array:  # noqa: ANN401
    """Return a float64 copy of anything array-like of real numbers.

    Raises:
        ArgumentTypeError: If it holds anything but real numbers.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"numbers of type {array.dtype}")
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(f"{name}: got {error}, expected an array of real numbers") from error


def as_parameters(name: str, value: Any, columns: int | None = None) -> Array:  # noqa: ANN401
    """Return finite rows (n, p); a vector is one row where `columns` says how many it has, else one column.

    Raises:
        ArgumentError: If the shape is another.
        DataError: If a number is NaN or infinite.
    """
    array = as_array(name, value)
    if array.ndim == 1:
        array = array[:, None] if columns is None or (columns == 1) else array[None]
    if array.ndim != 2 or array.shape[1] == 0 or (columns is not None and array.shape[1] != columns):
        raise ArgumentError(f"{name}: got the shape {array.shape}, expected (n, {columns or 'p'})")
    refuse_not_finite(name, array)
    return array


def refuse_not_finite(name: str, array: Array) -> None:
    """Refuse NaN and infinities, naming the first row that has one and how many have."""
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(1)
    if bad.any():
        where = f"row {int(bad.argmax())} ({int(bad.sum())} of {len(array)} rows)"
        raise DataError(
            f"{name}: got NaN or infinity in {where}, expected finite numbers; leave such rows out, which "
            "conditions on their being finite"
        )

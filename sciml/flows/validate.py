"""Checks of arguments and of batches, each one line to the user."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sciml.errors import ArgumentError, ArgumentTypeError, DataError


def integer(name: str, value: object, least: int) -> int:
    """Return `value`, an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{name} must be an integer, not {value!r}")
    if value < least:
        raise ArgumentError(f"{name} must be at least {least}, not {value}")
    return value


def flow_sizes(
    features: int, layers: int, context_features: int, hidden: Sequence[int], seed: int
) -> tuple[list[int], torch.Generator]:
    """Check the numbers that make a flow; return the sizes of hidden layers and the generator of weights."""
    integer("features", features, 1)
    integer("layers", layers, 1)
    integer("context_features", context_features, 0)
    widths = [integer("hidden", width, 1) for width in hidden]
    return widths, torch.Generator().manual_seed(integer("seed", seed, 0))


def instance(name: str, value: object, kind: type) -> None:
    """Refuse a `value` that is not a `kind`."""
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{name} must be a {kind.__name__}, not a {type(value).__name__}")


def floating(name: str, dtype: torch.dtype) -> torch.dtype:
    """Return `dtype`, a real floating-point type."""
    instance(name, dtype, torch.dtype)
    if not dtype.is_floating_point:
        raise ArgumentError(f"{name} must be a floating-point type, not {dtype}")
    return dtype


def dtype_of(name: str, x: object) -> torch.dtype:
    """Return the floating-point type of the tensor `x`."""
    instance(name, x, Tensor)
    return floating(name, x.dtype) if isinstance(x, Tensor) else torch.get_default_dtype()


def rows(name: str, x: object, columns: int, dtype: torch.dtype) -> None:
    """Refuse anything but a tensor of this `dtype` and shape (batch, columns)."""
    if not isinstance(x, Tensor):
        raise ArgumentTypeError(f"{name} must be a tensor, not a {type(x).__name__}")
    if x.dtype != dtype:
        raise ArgumentTypeError(f"{name} is {x.dtype}, the flow is {dtype}: use {name}.to({dtype})")
    if x.ndim != 2 or x.shape[1] != columns:
        raise ArgumentError(f"{name} must have shape (batch, {columns}), not {tuple(x.shape)}")


def finite(name: str, x: Tensor) -> None:
    """Refuse NaN and infinities, naming the first row that has one."""
    good = x.isfinite()
    if not good.all():
        row, column = (~good).nonzero()[0].tolist()
        value = x[row, column].item()
        raise DataError(f"{name} has {value} in row {row}, column {column}: remove or impute such rows")

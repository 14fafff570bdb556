"""Checks of tensors, types and batches, each one line to the user; plain arguments: `sciml.arguments`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sciml.arguments import check_count, check_seed
from sciml.errors import ArgumentError, ArgumentTypeError, DataError


def flow_sizes(
    features: int, layers: int, context_features: int, hidden: Sequence[int], seed: int
) -> tuple[list[int], torch.Generator]:
    """Check the numbers that make a flow; return the sizes of hidden layers and the generator of weights."""
    check_count("features", features)
    check_count("layers", layers)
    check_count("context_features", context_features, 0)
    widths = [check_count("hidden", width) for width in hidden]
    return widths, torch.Generator().manual_seed(check_seed(seed))


def instance(name: str, value: object, kind: type) -> None:
    """Refuse a `value` that is not a `kind`."""
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{name}: got a {type(value).__name__}, expected a {kind.__name__}")


def floating(name: str, dtype: torch.dtype) -> torch.dtype:
    """Return `dtype`, a real floating-point type."""
    instance(name, dtype, torch.dtype)
    if not dtype.is_floating_point:
        raise ArgumentError(f"{name}: got {dtype}, expected a floating-point type")
    return dtype


def dtype_of(name: str, x: object) -> torch.dtype:
    """Return the floating-point type of the tensor `x`."""
    instance(name, x, Tensor)
    return floating(name, x.dtype) if isinstance(x, Tensor) else torch.get_default_dtype()


def rows(name: str, x: object, columns: int, dtype: torch.dtype) -> None:
    """Refuse anything but a tensor of this `dtype` and shape (batch, columns)."""
    if not isinstance(x, Tensor):
        raise ArgumentTypeError(f"{name}: got a {type(x).__name__}, expected a Tensor")
    if x.dtype != dtype:
        raise ArgumentTypeError(f"{name}: got {x.dtype}, expected the flow's; use {name}.to({dtype})")
    if x.ndim != 2 or x.shape[1] != columns:
        raise ArgumentError(f"{name}: got the shape {tuple(x.shape)}, expected (batch, {columns})")


def interval(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Return copies of the bounds (features,) of columns, low below high and a finite way apart."""
    if low.shape != high.shape or not (low < high).all() or not (high - low).isfinite().all():
        raise ArgumentError(f"low, high: got {low.tolist()} and {high.tolist()}, expected low < high")
    return low.detach().clone(), high.detach().clone()


def finite(name: str, x: Tensor) -> None:
    """Refuse NaN and infinities, naming the first row that has one."""
    good = x.isfinite()
    if not good.all():
        row, column = (~good).nonzero()[0].tolist()
        value = x[row, column].item()
        raise DataError(
            f"{name}: got {value} in row {row}, column {column}, expected finite numbers; "
            "remove or impute such rows"
        )

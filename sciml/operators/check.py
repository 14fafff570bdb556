"""Checks of tensors' shapes, each one line to the user; plain arguments: `sciml.arguments`."""

from __future__ import annotations

from torch import Tensor

from sciml.errors import ArgumentError, ArgumentTypeError


def rows(name: str, x: Tensor, channels: int) -> None:
    """Refuse anything but a tensor of shape (batch, points, channels)."""
    if not isinstance(x, Tensor):
        raise ArgumentTypeError(f"{name}: got a {type(x).__name__}, expected a tensor")
    if x.ndim == 3 and x.shape[2] == channels:
        return
    hint = "; channels come last, transpose it" if x.ndim == 3 and x.shape[1] == channels else ""
    raise ArgumentError(f"{name}: got the shape {tuple(x.shape)}, expected (batch, points, {channels}){hint}")


def same_batch(name: str, x: Tensor, channels: int, other: str, y: Tensor, other_channels: int) -> None:
    """Refuse two tensors of points that differ in batch or number of points."""
    rows(name, x, channels)
    rows(other, y, other_channels)
    if x.shape[:2] != y.shape[:2]:
        raise ArgumentError(
            f"{name}, {other}: got the shapes {tuple(x.shape)} and {tuple(y.shape)}, "
            "expected the same batch and the same points"
        )

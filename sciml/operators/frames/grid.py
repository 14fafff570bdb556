"""Functions on even grids: their means, mirror images and shifts."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sciml.errors import ArgumentError
from sciml.operators.models.field import Field

EVEN = 1e-2  # of a spacing, by which an even grid may be off: positions in float32 are


def mean(field: Field) -> Tensor:
    """Return the mean of each function, (B, 1, 1); of several channels, that of the first."""
    return (field.quadrature[..., None] * field.values[..., :1]).sum(1, keepdim=True)


def mirrored(values: Tensor) -> Tensor:
    """Return −u(−x) of values (B, n, c) on the even grid i/n."""
    return -values.flip(1).roll(1, 1)


def shifted(values: Tensor, field: Field, shift: Tensor) -> Tensor:
    """Return v(x − shift) of periodic values (B, n, c) on an even grid, by their Fourier modes.

    Args:
        values: v.
        field: Whose points these are.
        shift: In periods, (B, 1, 1).
    """
    check_even(field)
    modes = torch.fft.rfft(values, dim=1)
    k = torch.arange(modes.shape[1], dtype=values.dtype, device=values.device)
    angle = -2 * math.pi * torch.remainder(k[:, None] * shift, 1.0)
    moved: Tensor = torch.fft.irfft(
        modes * torch.polar(torch.ones_like(angle), angle), values.shape[1], dim=1
    )
    return moved


def check_even(field: Field, ends: bool = False) -> None:
    """Refuse points that are not i/n, or i/(n − 1) where both ends belong to the grid."""
    n = field.positions.shape[1]
    spacing = 1 / (n - 1 if ends else n)
    steps = field.positions.diff(dim=1)
    if field.mask is not None or not bool(((steps - spacing).abs() < EVEN * spacing).all()):
        raise ArgumentError(
            f"positions: expected an even grid of spacing 1/{n - 1 if ends else n}; resample the functions"
        )

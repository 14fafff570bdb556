"""The fastest way that this machine multiplies float32 matrices without losing digits, used in a scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch

EXACT = 4.0  # times the error of the "highest" mode
MODES = ("medium", "high")  # from the fastest on; which of them round to fewer bits depends on the machine
SIZE = (512, 96, 192)


@contextmanager
def exact_matmul(device: str = "cpu") -> Iterator[str]:
    """While open, float32 products use the fastest mode whose result is as near to float64 as the slowest's.

    The mode that was set before is put back at the end. Yields the mode in use.
    """
    before = torch.get_float32_matmul_precision()
    mode = exact_mode(device)
    torch.set_float32_matmul_precision(mode)
    try:
        yield mode
    finally:
        torch.set_float32_matmul_precision(before)


@lru_cache
def exact_mode(device: str) -> str:
    """Return the fastest mode that loses no digits on a device, probed once."""
    before = torch.get_float32_matmul_precision()
    try:
        allowed = EXACT * _error("highest", device)
        return next((mode for mode in MODES if _error(mode, device) <= allowed), "highest")
    finally:
        torch.set_float32_matmul_precision(before)


def _error(mode: str, device: str) -> float:
    """Return the largest error of a product in a mode, relative to the largest entry."""
    torch.set_float32_matmul_precision(mode)
    generator = torch.Generator().manual_seed(0)
    rows, inner, columns = SIZE
    a = torch.randn(rows, inner, generator=generator).to(device)
    b = torch.randn(inner, columns, generator=generator).to(device)
    exact = a.double() @ b.double()
    return float(((a @ b) - exact).abs().max() / exact.abs().max())

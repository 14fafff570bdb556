"""The fastest way that this machine multiplies float32 matrices without losing digits, used in a scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import Tensor

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
    """Return the fastest mode that loses no digits on a device, probed once.

    A mode whose product has the very bits of "highest" is the same there and no faster: it is passed over.
    """
    a, b = _factors(device)
    exact = a.double() @ b.double()
    products = {mode: _product(a, b, mode) for mode in ("highest", *MODES)}
    errors = {mode: float((product - exact).abs().max()) for mode, product in products.items()}
    allowed, same = EXACT * errors["highest"], products["highest"]
    fine = (mode for mode in MODES if errors[mode] <= allowed and not torch.equal(products[mode], same))
    return next(fine, "highest")


def _factors(device: str) -> tuple[Tensor, Tensor]:
    rows, inner, columns = SIZE
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(shape, generator=generator) for shape in ((rows, inner), (inner, columns)))
    return a.to(device), b.to(device)


def _product(a: Tensor, b: Tensor, mode: str) -> Tensor:
    """Return ab in a mode; the mode that was set before is put back."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(mode)
    try:
        return a @ b
    finally:
        torch.set_float32_matmul_precision(before)

"""The probed mode is exact, and the global one is left as it was."""

from __future__ import annotations

import pytest
import torch

from sciml.operators import precision
from sciml.operators.precision import exact_matmul, exact_mode


def error() -> float:
    a, b = (
        torch.randn(shape, generator=torch.Generator().manual_seed(5)) for shape in ((300, 96), (96, 128))
    )
    exact = a.double() @ b.double()
    return float(((a @ b) - exact).abs().max() / exact.abs().max())


def test_products_in_the_scope_keep_their_digits():
    with exact_matmul() as mode:
        assert torch.get_float32_matmul_precision() == mode
        assert error() <= 2e-6


@pytest.mark.parametrize("before", ["highest", "high", "medium"])
def test_the_mode_before_is_put_back(before):
    old = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(before)
    try:
        with pytest.raises(KeyError), exact_matmul():
            raise KeyError
        assert torch.get_float32_matmul_precision() == before
    finally:
        torch.set_float32_matmul_precision(old)


def test_a_mode_that_rounds_is_not_taken(monkeypatch):
    """Without the probe's verdict the fastest would be."""
    exact_mode.cache_clear()
    monkeypatch.setattr(
        precision, "_error", lambda mode, device: {"highest": 1e-7, "high": 2e-7}.get(mode, 1e-3)
    )
    try:
        assert exact_mode("cpu") == "high"
    finally:
        exact_mode.cache_clear()

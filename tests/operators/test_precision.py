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


@pytest.mark.parametrize(
    ("medium", "high", "taken"),
    [(1e-3, 1e-7, "high"), (1e-7, 1e-7, "medium"), (1e-3, 0.0, "highest"), (1e-3, 1e-3, "highest")],
)
def test_a_mode_that_rounds_or_changes_nothing_is_not_taken(monkeypatch, medium, high, taken):
    """Products off by so much: without the probe's verdict the first would be taken."""
    off = {"highest": 0.0, "high": high, "medium": medium}
    monkeypatch.setattr(precision, "_product", lambda a, b, mode: (a @ b) * (1 + off[mode]))
    exact_mode.cache_clear()
    try:
        assert exact_mode("cpu") == taken
    finally:
        exact_mode.cache_clear()

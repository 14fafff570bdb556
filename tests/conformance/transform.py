"""What every transform and every flow must meet; each function raises AssertionError where one does not.

Rows are drawn from `normal`; a third party gives its own with `x`. Log-determinants are held against
slogdet of the Jacobian by automatic differentiation, row by row, so a shared sign error cannot pass.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from sciml.flows import AbstractTransform, Flow

F64 = torch.float64
FALSE_ALARM = 1e-3  # of each statistical check, were its seed drawn afresh


def normal(rows: int, columns: int, *, dtype=F64, scale: float = 1.0, seed: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(rows, columns, generator=generator, dtype=F64)).to(dtype)


def scrambled(module, scale: float = 0.25, seed: int = 1):
    """The module with noise on every parameter: at its start it may be the identity."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in module.parameters():
            p.add_(scale * torch.randn(p.shape, generator=generator, dtype=F64))
    return module


def context_for(transform: AbstractTransform, rows: int, dtype=F64) -> Tensor | None:
    if not transform.context_features:
        return None
    return normal(rows, transform.context_features, dtype=dtype, seed=3)


def check_round_trip(transform, x: Tensor, tolerance: float) -> None:
    """The inverse gives x back, and the log-determinants of both directions cancel."""
    context = context_for(transform, len(x), x.dtype)
    z, forward = transform.forward_and_log_det(x, context)
    back, inverse = transform.inverse_and_log_det(z, context)
    assert z.shape == x.shape
    assert z.dtype == forward.dtype == x.dtype
    assert forward.shape == inverse.shape == (len(x),)
    assert_near(back, x, tolerance, "round trip")
    assert_near(forward + inverse, torch.zeros_like(forward), tolerance, "log-determinants")


def check_log_det(transform, x: Tensor, tolerance: float = 1e-12) -> None:
    """Both log-determinants equal those of the Jacobians by automatic differentiation."""
    context = context_for(transform, len(x), x.dtype)
    z = transform.forward_and_log_det(x, context)[0].detach()
    for function, rows in ((transform.forward_and_log_det, x), (transform.inverse_and_log_det, z)):
        log_det = function(rows, context)[1]
        exact = torch.stack([_log_det(function, rows, context, i) for i in range(len(rows))])
        assert_near(log_det, exact, tolerance, function.__name__)


def check_batching(function, x: Tensor, context: Tensor | None, tolerance: float = 1e-12) -> None:
    """What `function` gives for a row does not depend on the rows beside it."""
    alone = [function(x[i : i + 1], _row(context, i)) for i in range(len(x))]
    assert_near(torch.cat(alone), function(x, context), tolerance, "batching")


def check_gradients(module, value: Tensor) -> None:
    """Every parameter moves the `value`, and finitely."""
    module.zero_grad()
    value.backward()
    for name, p in module.named_parameters():
        assert p.numel() == 0 or p.grad is not None, f"{name} gets no gradient"
        if p.numel():
            assert p.grad.isfinite().all(), f"{name}: a gradient is not finite"
            assert (p.grad != 0).any(), f"{name}: its gradient is zero"


def check_integral(flow: Flow, window, cells: int = 520, tolerance: float = 1e-3) -> None:
    """The density in two dimensions integrates to one over the `window` ((low, high), (low, high))."""
    points, area = grid(window, cells)
    row = context_for(flow, 1)
    with torch.no_grad():
        mass = float(flow.log_prob(points, _repeat(row, len(points))).exp().sum()) * area
    assert abs(mass - 1) <= tolerance, f"the density integrates to {mass:.5f}"


def check_samples(flow: Flow, n: int = 4000) -> None:
    """Samples sent back follow the base, column by column: Kolmogorov-Smirnov, two samples of n each.

    The size is FALSE_ALARM over all columns together.
    """
    row = context_for(flow, 1)
    x = flow.sample(n, None if row is None else row[0], seed=5)
    with torch.no_grad():
        z = flow.forward_and_log_det(x, _repeat(row, n))[0].numpy()
        other = flow.base.sample(n, torch.Generator().manual_seed(77), x).numpy()
    pairs = zip(z.T, other.T, strict=True)
    least = min(stats.ks_2samp(ours, theirs).pvalue for ours, theirs in pairs)
    assert least > FALSE_ALARM / flow.features, f"latents of samples do not follow the base: p = {least:.1e}"


def check_sampler(flow: Flow, window, n: int = 20_000, cells: int = 384, blocks: int = 32) -> None:
    """Samples in two dimensions follow exp(log_prob), in 32 × 32 squares: chi-square of size FALSE_ALARM."""
    row = context_for(flow, 1)
    points, area = grid(window, cells)
    with torch.no_grad():
        mass = (flow.log_prob(points, _repeat(row, len(points))).exp() * area).numpy()
    fine = cells // blocks
    expected = n * mass.reshape(blocks, fine, blocks, fine).sum((1, 3)).ravel()
    edges = [np.linspace(low, high, blocks + 1) for low, high in window]
    draws = flow.sample(n, None if row is None else row[0], seed=6).numpy()
    observed = np.histogram2d(*draws.T, bins=edges)[0].ravel()
    full = expected >= 5
    rest = max(n - expected[full].sum(), 1.0)
    pairs = np.append(observed[full], n - observed[full].sum()), np.append(expected[full], rest)
    statistic = float(((pairs[0] - pairs[1]) ** 2 / pairs[1]).sum())
    assert stats.chi2.sf(statistic, full.sum()) > FALSE_ALARM, f"chi-square {statistic:.0f} of {full.sum()}"


def grid(window, cells: int) -> tuple[Tensor, float]:
    """Midpoints of cells × cells rectangles that fill the window, and their area."""
    sides = [low + (high - low) * (torch.arange(cells, dtype=F64) + 0.5) / cells for low, high in window]
    return torch.cartesian_prod(*sides), math.prod((high - low) / cells for low, high in window)


def assert_near(ours: Tensor, exact: Tensor, tolerance: float, what: str) -> None:
    error = float((ours - exact).detach().abs().max()) if ours.numel() else 0.0
    assert error <= tolerance, f"{what}: off by {error:.1e}, more than {tolerance:.0e}"


def _log_det(function, x: Tensor, context: Tensor | None, i: int) -> Tensor:
    def single(row: Tensor) -> Tensor:
        return function(row[None], _row(context, i))[0][0]

    return torch.linalg.slogdet(torch.autograd.functional.jacobian(single, x[i]))[1]


def _row(context: Tensor | None, i: int) -> Tensor | None:
    return None if context is None else context[i : i + 1]


def _repeat(row: Tensor | None, n: int) -> Tensor | None:
    return None if row is None else row.expand(n, -1)

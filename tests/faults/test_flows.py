"""Rows far out, off scale or outside the support, and absurd numbers of draws: rows 16 and 19."""

import math

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.flows import (
    BoxUniform,
    Chain,
    Flow,
    GaussianMixture,
    Log,
    LULinear,
    Permutation,
    StandardNormal,
    StudentT,
    Whitening,
    YeoJohnson,
    autoregressive_flow,
    circular_flow,
    coupling_flow,
)
from sciml.flows import flow as module

F64 = torch.float64
SIZES = {"layers": 3, "hidden": (8,)}


def scrambled(flow, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in flow.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=generator, dtype=F64))
    return flow


def whole(base, dtype):
    rows = (
        torch.randn(40, 3, generator=torch.Generator().manual_seed(1), dtype=F64) @ torch.ones(3, 3).double()
    )
    rows = rows + torch.randn(40, 3, generator=torch.Generator().manual_seed(2), dtype=F64)
    parts = [
        Whitening.fit(rows.to(dtype)),
        YeoJohnson(torch.tensor([0.2, 1.0, 1.9], dtype=dtype)),
        Permutation.reverse(3),
        coupling_flow(3, dtype=dtype, **SIZES).transform,
        LULinear(3, dtype),
    ]
    return Flow(Chain(parts), base)


FLOWS = {
    "coupling": lambda dtype: coupling_flow(3, dtype=dtype, **SIZES),
    "autoregressive": lambda dtype: autoregressive_flow(3, dtype=dtype, **SIZES),
    "circular": lambda dtype: circular_flow(3, dtype=dtype, **SIZES),
    "normal": lambda dtype: whole(StandardNormal(3), dtype),
    "student-t": lambda dtype: whole(StudentT(3, 3.0, dtype), dtype),
    "mixture": lambda dtype: whole(GaussianMixture(3, 2, dtype=dtype), dtype),
    "box": lambda dtype: whole(BoxUniform(-torch.ones(3, dtype=dtype), torch.ones(3, dtype=dtype)), dtype),
}
FAR = [(torch.float32, 3e38), (torch.float32, 1e-38), (F64, 1e300), (F64, 1.7e308), (F64, 1e-300), (F64, 1e6)]


def signs(dtype):
    """Rows of every sign, and with one large entry alone."""
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=dtype)] * 3)
    return torch.cat([corners, torch.eye(3, dtype=dtype), -torch.eye(3, dtype=dtype)])


@pytest.mark.parametrize(("dtype", "far"), FAR)
@pytest.mark.parametrize("name", FLOWS)
def test_far_rows_have_a_log_density_or_minus_infinity(name, dtype, far):
    log_prob = scrambled(FLOWS[name](dtype)).log_prob(far * signs(dtype))
    assert not log_prob.isnan().any()
    assert (log_prob < math.inf).all()
    if far < 1 and name != "box":
        assert log_prob.isfinite().all()


def test_outliers_of_a_million_deviations_keep_a_finite_density_under_heavy_tails():
    flow = FLOWS["student-t"](F64)
    log_prob = flow.log_prob(1e6 * signs(F64))
    assert log_prob.isfinite().all()
    assert (log_prob < -30).all()


def test_a_row_outside_the_support_has_minus_infinity():
    flow = Flow(Log(torch.zeros(2)), StandardNormal(2))
    assert flow.log_prob(torch.tensor([[1.0, -1.0], [0.0, 1.0]])).tolist() == [-math.inf] * 2


def test_a_parameter_that_is_nan_is_not_hidden():
    flow = coupling_flow(2, **SIZES)
    with torch.no_grad():
        next(flow.parameters()).fill_(math.nan)
    assert flow.log_prob(torch.zeros(3, 2)).isnan().all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_row_that_is_not_finite_is_named(value):
    x = torch.zeros(4, 3, dtype=F64)
    x[2, 1] = value
    for name in FLOWS:
        with pytest.raises(DataError, match="row 2, column 1, expected finite numbers; remove or impute"):
            FLOWS[name](F64).log_prob(x)


@pytest.mark.parametrize("name", FLOWS)
def test_impossible_numbers_of_draws_are_refused(name):
    flow = FLOWS[name](F64)
    with pytest.raises(ArgumentError, match="n: got -1, expected a whole number of at least 0"):
        flow.sample(-1)
    for wrong in (2.5, True, "3"):
        with pytest.raises(ArgumentTypeError, match="n: got .*, expected a whole number"):
            flow.sample(wrong)
    with pytest.raises(ArgumentError, match="do not fit in memory; draw fewer at a time"):
        flow.sample(10**16)


@pytest.mark.parametrize("name", FLOWS)
def test_no_draws_are_an_empty_tensor(name):
    x, log_prob = FLOWS[name](F64).sample_and_log_prob(0)
    assert (x.shape, log_prob.shape) == ((0, 3), (0,))
    assert FLOWS[name](F64).sample(0).shape == (0, 3)


class Watched(Flow):
    """A flow that keeps the largest number of rows it was given at once."""

    most = 0

    def _inverse(self, z, context):
        self.most = max(self.most, len(z))
        return super()._inverse(z, context)


@pytest.mark.parametrize("name", FLOWS)
def test_many_draws_are_computed_in_chunks(name, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 100)
    right = scrambled(FLOWS[name](F64))
    flow = Watched(right.transform, right.base)
    x = flow.sample(1050, seed=3)
    assert (x.shape, flow.most) == ((1050, 3), 100)
    assert torch.equal(x, flow.sample(1050, seed=3))
    assert len(x.unique(dim=0)) == 1050  # no chunk repeats another
    both, log_prob = flow.sample_and_log_prob(1050, seed=3)
    torch.testing.assert_close(both.detach(), x, rtol=0, atol=1e-12)
    torch.testing.assert_close(log_prob, flow.log_prob(both), rtol=0, atol=1e-10)


def test_chunks_take_their_own_rows_of_context(monkeypatch):
    flow = scrambled(coupling_flow(2, context_features=1, dtype=F64, **SIZES))
    context = torch.linspace(-1, 1, 30, dtype=F64)[:, None]
    whole_rows = flow.sample_and_log_prob(30, context, seed=1)[0].detach()
    monkeypatch.setattr(module, "CHUNK", 30)
    assert torch.equal(flow.sample(30, context, seed=1), whole_rows)
    monkeypatch.setattr(module, "CHUNK", 7)
    x, _log_prob = flow.sample_and_log_prob(30, context, seed=1)
    torch.testing.assert_close(flow.sample(30, context, seed=1), x.detach(), rtol=0, atol=1e-12)
    for n in (20, 31):
        with pytest.raises(
            ArgumentError, match=f"context: got 30 rows, expected {n}, one a draw, or one for all"
        ):
            flow.sample(n, context, seed=1)

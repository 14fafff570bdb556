"""The rational-quadratic spline: against nflows, in float32, and at the edges of its interval."""

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.flows import RationalQuadratic
from sciml.flows._spline import evaluate, invert


def normal(*shape, scale=1.0, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)


@pytest.fixture
def nflows_spline():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("nflows.transforms.splines.rational_quadratic")
    return module.rational_quadratic_spline


@pytest.mark.parametrize(("function", "inverse"), [(evaluate, False), (invert, True)])
def test_agrees_with_nflows(nflows_spline, function, inverse):
    family = RationalQuadratic(bins=8, bound=3.0)
    bins = family.spline(normal(family.parameters, 500, scale=2.0))
    slopes = torch.cat([bins.start, bins.end[-1:]])
    x = 6 * torch.rand(500, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 3
    theirs = nflows_spline(
        x,
        bins.width.log().T,
        bins.height.log().T,
        slopes.expm1().log().T,  # undoes their softplus
        inverse=inverse,
        left=-3.0,
        right=3.0,
        bottom=-3.0,
        top=3.0,
        min_bin_width=0.0,
        min_bin_height=0.0,
        min_derivative=0.0,
    )
    for ours, other in zip(function(x, bins), theirs, strict=True):
        torch.testing.assert_close(ours, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("scale", [1.0, 3.0, 10.0])
def test_float32_round_trip(scale):
    family = RationalQuadratic()
    x = torch.linspace(-6, 6, 200_000)
    parameters = normal(family.parameters, len(x), scale=scale, dtype=torch.float32)
    y, forward = family.forward(x, parameters)
    back, inverse = family.inverse(y, parameters)
    assert y.isfinite().all()
    assert (back - x).abs().max() <= 5e-3
    assert (forward + inverse).abs().max() <= 5e-2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_parameters_stay_finite(dtype):
    family = RationalQuadratic()
    parameters = normal(family.parameters, 1000, scale=1e6, dtype=dtype).requires_grad_()
    x = normal(1000, scale=4.0, dtype=dtype, seed=1).requires_grad_()
    for function in (family.forward, family.inverse):
        y, log_slope = function(x, parameters)
        gradients = torch.autograd.grad((y + log_slope).sum(), [x, parameters])
        assert all(t.isfinite().all() for t in (y, log_slope, *gradients))


def test_identity_outside_and_slope_one_at_the_edges():
    family = RationalQuadratic(bins=4, bound=2.0)
    parameters = normal(family.parameters, 1)
    outside = torch.tensor([-1e30, -2.5, 2.5, 1e30], dtype=torch.float64)
    y, log_slope = family.forward(outside, parameters.expand(-1, 4))
    assert torch.equal(y, outside)
    assert not log_slope.any()
    edges = torch.tensor([-2.0, 2.0], dtype=torch.float64)
    y, log_slope = family.forward(edges, parameters.expand(-1, 2))
    torch.testing.assert_close(y, edges, rtol=0, atol=1e-14)
    torch.testing.assert_close(log_slope, torch.zeros_like(edges), rtol=0, atol=1e-13)


@settings(deadline=None, max_examples=50)
@given(bins=st.integers(2, 12), scale=st.floats(0, 10), seed=st.integers(0, 2**31))
def test_is_increasing(bins, scale, seed):
    family = RationalQuadratic(bins=bins, bound=1.0)
    x = torch.linspace(-1.2, 1.2, 1001, dtype=torch.float64)
    y, log_slope = family.forward(x, normal(family.parameters, 1, scale=scale, seed=seed).expand(-1, len(x)))
    assert (y.diff() > 0).all()
    assert log_slope.isfinite().all()

"""The rational-quadratic spline: against nflows, in float32, and at the edges of its interval."""

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.flows import NflowsParametrization, RationalQuadratic, SoftClipped
from sciml.flows.transforms.rational_quadratic import BLOCK


def normal(*shape, scale=1.0, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(shape, generator=generator, dtype=torch.float64)).to(dtype)


@pytest.fixture
def nflows_spline():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("nflows.transforms.splines.rational_quadratic")
    return module.unconstrained_rational_quadratic_spline


def theirs(spline, family, x, parameters, inverse, **options):
    """Call nflows with parameters along the first axis."""
    widths, heights, slopes = parameters.T.split([family.bins, family.bins, family.bins - 1], 1)
    return spline(x, widths, heights, slopes, inverse=inverse, tail_bound=family.bound, **options)


def as_nflows(family, parameters):
    """Return parameters with which nflows, without its smallest sizes, has the same spline."""
    p = parameters / (1 + parameters.abs() / 3)
    sizes, slopes = p.split([2 * family.bins, family.bins - 1])
    shares = sizes.unflatten(0, (2, family.bins)).softmax(1)
    floor = family.parametrization.floor
    sizes = (floor + (1 - family.bins * floor) * shares).log().flatten(0, 1)
    return torch.cat([sizes, (2 * slopes / 3).exp().expm1().log()])  # undoes their softplus


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("parametrization", [SoftClipped(), NflowsParametrization()])
def test_agrees_with_nflows(nflows_spline, parametrization, inverse):
    family = RationalQuadratic(bins=8, bound=3.0, parametrization=parametrization)
    parameters = normal(family.parameters, 500, scale=2.0)
    x = 7 * torch.rand(500, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 3.5
    ours = (family.inverse if inverse else family.forward)(x, parameters)
    if isinstance(parametrization, SoftClipped):
        floors = dict.fromkeys(("min_bin_width", "min_bin_height", "min_derivative"), 0.0)
        other = theirs(nflows_spline, family, x, as_nflows(family, parameters), inverse, **floors)
    else:
        other = theirs(nflows_spline, family, x, parameters, inverse)
    for a, b in zip(ours, other, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize("parametrization", [SoftClipped(), NflowsParametrization(divisor=3.0)])
def test_two_derivatives_are_exact(parametrization):
    family = RationalQuadratic(bins=3, bound=3.0, parametrization=parametrization)
    x, parameters = normal(6, seed=1).requires_grad_(), normal(family.parameters, 6).requires_grad_()
    for function in (family.forward, family.inverse):
        assert torch.autograd.gradcheck(function, (x, parameters))
        assert torch.autograd.gradgradcheck(function, (x, parameters))


def test_gradients_under_vmap():
    family = RationalQuadratic(bins=3, bound=3.0)
    x, parameters = normal(6), normal(family.parameters, 6)
    single = torch.func.grad(lambda p, x: sum(family.forward(x, p)))
    rows = torch.func.vmap(single, in_dims=(1, 0), out_dims=1)(parameters, x)
    leaf = parameters.requires_grad_()
    whole = torch.autograd.grad(sum(t.sum() for t in family.forward(x, leaf)), leaf)[0]
    torch.testing.assert_close(rows, whole)


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


@pytest.mark.parametrize("shape", [(3, 20_001), (BLOCK + 1,), (BLOCK + 1, 1)])
def test_many_points_go_block_by_block_to_the_same_end(shape):
    family = RationalQuadratic(bins=3)
    x, parameters = normal(*shape, scale=3.0), normal(family.parameters, *shape, seed=1)
    for function in (family.forward, family.inverse):
        whole = function(x, parameters)
        with torch.no_grad():
            blocks = function(x, parameters)
        assert all(torch.equal(a, b) for a, b in zip(whole, blocks, strict=True))


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

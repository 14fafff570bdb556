"""Single transforms against what they claim beyond the conformance suite: closed forms, fits, refusals."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.flows import (
    Chain,
    CircularSpline,
    Flow,
    Log,
    Logit,
    LULinear,
    Permutation,
    SideBySide,
    StandardNormal,
    Whitening,
    YeoJohnson,
    circular_flow,
    coupling_flow,
)
from sciml.flows.transforms.whitening import shrinkage_of, standardized

F64 = torch.float64


def normal(rows, columns, seed=0, dtype=F64):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=F64).to(dtype)


def tensor(*values):
    return torch.tensor(values, dtype=F64)


def test_permutations_keep_what_they_move():
    x = normal(3, 4, dtype=torch.float32)
    z, log_det = Permutation([2, 0, 3, 1]).forward_and_log_det(x)
    assert torch.equal(z, x[:, [2, 0, 3, 1]])
    assert not log_det.any()
    assert torch.equal(Permutation.reverse(4).forward_and_log_det(x)[0], x.flip(1))
    assert torch.equal(Permutation.random(9, seed=1).order, Permutation.random(9, seed=1).order)
    with pytest.raises(ArgumentError, match="expected each of 0, …, 2 once"):
        Permutation([0, 1, 1])


def test_linear_maps_start_at_the_identity_and_hold_any_factors():
    linear, x = LULinear(3, F64), normal(5, 3)
    assert torch.equal(linear.forward_and_log_det(x)[0], x)
    with torch.no_grad():
        linear.lower.copy_(tensor(1, 2, 3))
        linear.upper.copy_(tensor(4, 5, 6))
        linear.log_diagonal.copy_(tensor(2, 3, 5).log())
    matrix = tensor([1, 0, 0], [1, 1, 0], [2, 3, 1]) @ tensor([2, 4, 5], [0, 3, 6], [0, 0, 5])
    z, log_det = linear.forward_and_log_det(x)
    torch.testing.assert_close(z, x @ matrix.T)
    assert log_det[0].item() == pytest.approx(math.log(30))


def correlated(rows=3000):
    mixing = tensor([1.0, 0, 0], [0.8, 0.6, 0], [-0.5, 0.5, 0.7])
    return normal(rows, 3) @ mixing.T * tensor(1.0, 1e6, 1e-6) + tensor(0.0, 1e7, 5.0)


def test_whitening_gives_uncorrelated_columns_of_variance_one():
    x = correlated()
    z = Whitening.fit(x).forward_and_log_det(x)[0]
    torch.testing.assert_close(z.T @ z / len(z), torch.eye(3, dtype=F64), rtol=0, atol=0.01)
    plain = Whitening.fit(x, shrinkage=1.0).forward_and_log_det(x)[0]
    correlation = torch.from_numpy(np.corrcoef(x.T.numpy()))
    torch.testing.assert_close(plain.T @ plain / len(x), correlation, rtol=0, atol=1e-9)


def test_shrinkage_is_the_best_in_the_mean():
    """Against a search, on draws of a known correlation: the estimate is near the best fixed share."""
    truth = torch.eye(8, dtype=F64) + 0.2 * (torch.ones(8, 8, dtype=F64) - torch.eye(8, dtype=F64))
    factor, shares = torch.linalg.cholesky(truth), torch.linspace(0, 1, 41, dtype=F64)
    losses, estimates = torch.zeros(41, dtype=F64), []
    for seed in range(60):
        standard, _, _ = standardized(normal(25, 8, seed) @ factor.T)
        found = standard.T @ standard / 25
        estimates.append(shrinkage_of(standard, found))
        losses += torch.stack([((1 - s) * found + s * torch.eye(8) - truth).square().sum() for s in shares])
    assert np.mean(estimates) == pytest.approx(float(shares[losses.argmin()]), abs=0.12)
    assert 0 <= min(estimates) <= max(estimates) <= 1


def test_fewer_rows_than_columns_still_whiten():
    x = normal(5, 20)
    flow = Flow(Whitening.fit(x), StandardNormal(20))
    assert flow.log_prob(x).isfinite().all()
    with pytest.raises(DataError, match="columns are collinear"):
        Whitening.fit(x, shrinkage=0.0)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_whitening_of_any_unit(unit):
    x = normal(50, 2) * unit
    whitening = Whitening.fit(x)
    z, log_det = whitening.forward_and_log_det(x)
    exact, _ = Whitening.fit(normal(50, 2)).forward_and_log_det(normal(50, 2))
    torch.testing.assert_close(z, exact)
    assert log_det.isfinite().all()


def test_degenerate_rows_are_named():
    x = normal(9, 3)
    x[:, 1] = 7.0
    with pytest.raises(DataError, match="column 1 is constant"):
        Whitening.fit(x)
    with pytest.raises(DataError, match="got 1 rows, expected at least 2"):
        Whitening.fit(x[:1])
    x[4, 2] = math.nan
    with pytest.raises(DataError, match="x: got nan in row 4, column 2"):
        Whitening.fit(x)


def test_yeo_johnson_is_that_of_scipy():
    x = torch.linspace(-5, 5, 101, dtype=F64)[:, None]
    for exponent in (0.02, 0.5, 1.0, 1.0005, 1.7, 1.98):
        ours = YeoJohnson(tensor(exponent)).forward_and_log_det(x)[0].detach().numpy()
        np.testing.assert_allclose(ours[:, 0], stats.yeojohnson(x[:, 0].numpy(), exponent), rtol=1e-12)


def test_yeo_johnson_is_found_by_likelihood():
    u = normal(4000, 1)
    rows = torch.cat([YeoJohnson(tensor(e)).inverse_and_log_det(u)[0].detach() for e in (0.4, 1.3)], 1)
    fitted = YeoJohnson.fit(rows).exponents.tolist()
    assert fitted == pytest.approx([0.4, 1.3], abs=0.05)
    exact = [stats.yeojohnson_normmax(rows[:, i].numpy()) for i in range(2)]
    assert fitted == pytest.approx(exact, abs=1e-3)


def test_yeo_johnson_keeps_its_range():
    """Exponential columns would choose an exponent below 0, where mass is lost."""
    rows = (2 * normal(2000, 1)).exp()
    fitted = YeoJohnson.fit(rows)
    assert 0 < fitted.exponents.item() < 0.05
    z = tensor([-1e3], [1e3])
    x, _ = fitted.inverse_and_log_det(z)
    assert not x.isnan().any()
    with torch.no_grad():
        fitted.raw.fill_(-1e3)
    assert fitted.forward_and_log_det(rows)[0].isfinite().all()


def test_columns_out_of_range_have_no_density():
    flow = Flow(Log(tensor(0.0, 0.0)), StandardNormal(2))
    x = tensor([1.0, 2.0], [0.0, 1.0], [3.0, -1.0])
    exact = stats.lognorm(1.0).logpdf(x.numpy()).sum(1)
    np.testing.assert_allclose(flow.log_prob(x).numpy(), exact)
    bounded = Flow(Logit(tensor(0.0), tensor(2.0)), StandardNormal(1))
    at = tensor([0.0], [2.0], [-1.0], [3.0], [1.0])
    assert bounded.log_prob(at)[:4].eq(-math.inf).all()
    assert bounded.log_prob(at)[4].item() == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi))


def test_outside_rows_send_no_nan_into_gradients():
    x = tensor([-1.0, 0.5], [0.5, 0.5]).requires_grad_()
    for transform in (Log(tensor(0.0, 0.0)), Logit(tensor(0.0, 0.0), tensor(1.0, 1.0))):
        _, log_det = transform.forward_and_log_det(x)
        (slope,) = torch.autograd.grad(log_det[log_det.isfinite()].sum(), x)
        assert slope.isfinite().all()


def test_logit_reaches_its_bounds_without_nan():
    logit = Logit(tensor(-1.0), tensor(4.0))
    x, log_det = logit.inverse_and_log_det(tensor([-800.0], [-30.0], [30.0], [800.0]))
    assert x[:, 0].tolist() == pytest.approx([-1.0, -1.0, 4.0, 4.0])
    assert log_det[[0, 3]].tolist() == pytest.approx([math.log(5) - 800] * 2)


def test_parts_of_a_chain_may_do_without_the_context():
    conditional = coupling_flow(3, layers=2, hidden=(4,), context_features=2, dtype=F64).transform
    chain = Chain([Permutation.reverse(3), conditional, LULinear(3, F64)])
    assert chain.context_features == 2
    assert chain.forward_and_log_det(normal(4, 3), normal(4, 2))[0].shape == (4, 3)
    other = coupling_flow(3, layers=2, hidden=(4,), context_features=1, dtype=F64).transform
    with pytest.raises(ArgumentError, match=r"context_features \[1, 2\]"):
        Chain([conditional, other])
    with pytest.raises(ArgumentError, match=r"context_features \[1, 2\]"):
        SideBySide([conditional, other])


def angles(rows, seed=0):
    return math.pi * (2 * torch.rand(rows, 2, generator=torch.Generator().manual_seed(seed), dtype=F64) - 1)


def wound(features=2):
    flow = circular_flow(features, layers=4, hidden=(8,), dtype=F64)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in flow.parameters():
            p.add_(0.4 * torch.randn(p.shape, generator=generator, dtype=F64))
    return flow


def test_densities_of_angles_are_periodic_and_smooth_across_the_seam():
    flow, x = wound(), angles(50)
    torch.testing.assert_close(flow.log_prob(x + 2 * math.pi), flow.log_prob(x), rtol=0, atol=1e-10)
    x[:, 0] = -math.pi
    before = x - tensor(1e-7, 0.0)
    torch.testing.assert_close(flow.log_prob(before), flow.log_prob(x), rtol=0, atol=1e-5)


def test_a_spline_with_unequal_ends_would_not_be_smooth():
    """The seam test can fail: between two bins of unequal slope the density does change."""
    spline = CircularSpline(bins=4)
    p = normal(spline.parameters, 1)
    edges = tensor(-math.pi + 1e-9, math.pi - 1e-9)
    _, log_slope = spline.forward(edges, p.expand(-1, 2))
    assert log_slope[0].item() == pytest.approx(log_slope[1].item(), abs=1e-6)
    assert abs(log_slope[0].item()) > 1e-2


def test_circular_splines_start_at_the_identity_and_turn():
    spline, x = CircularSpline(bins=5, bound=180.0), torch.linspace(-179, 179, 50, dtype=F64)
    y, log_slope = spline.forward(x, torch.zeros(spline.parameters, 50, dtype=F64))
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(log_slope, torch.zeros_like(x), rtol=0, atol=1e-13)
    p = torch.zeros(spline.parameters, 50, dtype=F64)
    p[-1] = 200.0
    turned = spline.forward(x, p)[0] - x
    torch.testing.assert_close(torch.remainder(turned, 360), torch.full_like(x, 180 * math.tanh(200 / 180)))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: LULinear(0), ArgumentError, "features: got 0, expected a whole number of at least 1"),
        (
            lambda: LULinear(2, torch.int64),
            ArgumentError,
            "dtype: got torch.int64, expected a floating-point type",
        ),
        (
            lambda: Whitening.fit(normal(5, 2), 2.0),
            ArgumentError,
            "shrinkage: got 2.0, expected a finite number of at least 0 and of at most 1",
        ),
        (lambda: Whitening(tensor(0.0), tensor(-1.0)), ArgumentError, "expected scale > 0"),
        (
            lambda: Whitening(tensor(0.0), tensor(1.0, 1.0)),
            ArgumentError,
            r"scale: got the shape \(2,\), expected \(1,\)",
        ),
        (
            lambda: YeoJohnson(tensor(2.5)),
            ArgumentError,
            r"exponents: got \[2.5\], expected numbers between 0 and 2",
        ),
        (lambda: Logit(tensor(1.0), tensor(1.0)), ArgumentError, "low, high: got .*, expected low < high"),
        (lambda: CircularSpline(bins=1), ArgumentError, "bins: got 1, expected a whole number of at least 2"),
        (
            lambda: CircularSpline(bound=0.0),
            ArgumentError,
            "bound: got 0.0, expected a finite number above 0",
        ),
        (
            lambda: circular_flow(2, layers=0),
            ArgumentError,
            "layers: got 0, expected a whole number of at least 1",
        ),
        (lambda: circular_flow(2, transform="spline"), ArgumentTypeError, "expected a CircularSpline"),
        (lambda: Permutation.reverse(2).forward_and_log_det([[1.0, 2.0]]), ArgumentTypeError, "a Tensor"),
    ],
)
def test_bad_values_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()

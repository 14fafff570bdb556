"""Bases against SciPy, their own samples, and data they are fitted to."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.errors import ArgumentError, DataError
from sciml.flows import BoxUniform, Flow, GaussianMixture, LULinear, StandardNormal, StudentT

F64 = torch.float64
FALSE_ALARM = 1e-3  # of each statistical check, were its seed drawn afresh


def normal(rows, columns, seed=0, dtype=F64):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed), dtype=F64).to(dtype)


def mixture(features=2, components=3):
    base = GaussianMixture(features, components, seed=1, dtype=F64)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for p in base.parameters():
            p.add_(0.5 * torch.randn(p.shape, generator=generator, dtype=F64))
    return base


def box():
    return BoxUniform(torch.tensor([-1.0, 2.0], dtype=F64), torch.tensor([1.0, 5.0], dtype=F64))


BASES = {
    "normal": lambda: StandardNormal(2),
    "student-t": lambda: StudentT(2, 4.0, F64),
    "heavy": lambda: StudentT(2, 0.7, F64),
    "mixture": mixture,
    "box": box,
}
each = pytest.mark.parametrize("name", BASES)


def draw(base, n, seed=3):
    like = torch.zeros(0, dtype=F64)
    return base.sample(n, torch.Generator().manual_seed(seed), like)


def check_radii(base, n=4000):
    """Compare the distance of draws from a point with P(distance < r) from the density: chi-square.

    The probability of rings about the origin is found by a polar grid; the size is FALSE_ALARM.
    """
    edges = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
    expected = n * np.array([ring_mass(base, *pair) for pair in itertools.pairwise(edges)])
    observed = np.histogram(draw(base, n).detach().norm(dim=1).numpy(), edges)[0]
    expected, observed = np.append(expected, n - expected.sum()), np.append(observed, n - observed.sum())
    full = expected > 5
    statistic = ((observed - expected)[full] ** 2 / expected[full]).sum()
    assert stats.chi2.sf(statistic, full.sum() - 1) > FALSE_ALARM
    assert observed[~full].sum() <= 30


def ring_mass(base, low, high, radii=60, angles=720):
    """Return the probability between two radii, by the midpoint rule in polar coordinates."""
    r = low + (high - low) * (torch.arange(radii, dtype=F64) + 0.5) / radii
    t = 2 * math.pi * (torch.arange(angles, dtype=F64) + 0.5) / angles
    r, t = (v.ravel() for v in torch.meshgrid(r, t, indexing="ij"))
    points = torch.stack([r * t.cos(), r * t.sin()], 1)
    area = (high - low) / radii * 2 * math.pi / angles
    return float((base.log_prob(points).exp() * r).detach().sum()) * area


@each
def test_draws_follow_the_density(name):
    check_radii(BASES[name]())


def test_draws_of_other_degrees_of_freedom_are_caught():
    wrong = StudentT(2, 4.0, F64)
    wrong.sample = StudentT(2, 1.5, F64).sample
    with pytest.raises(AssertionError):
        check_radii(wrong)


@each
def test_draws_are_seeded_and_leave_torch_alone(name):
    base, before = BASES[name](), torch.get_rng_state()
    assert torch.equal(draw(base, 5), draw(base, 5))
    assert not torch.equal(draw(base, 5), draw(base, 5, seed=4))
    assert draw(base, 0).shape == (0, 2)
    assert base.log_prob(torch.zeros(0, 2, dtype=F64)).shape == (0,)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("degrees", [0.3, 1.0, 5.0, 9000.0])
@pytest.mark.parametrize("features", [1, 3])
def test_student_t_is_that_of_scipy(degrees, features):
    z = 3 * normal(20, features)
    exact = stats.multivariate_t(shape=np.eye(features), df=degrees).logpdf(z.numpy())
    ours = StudentT(features, degrees, F64).log_prob(z).detach().numpy()
    np.testing.assert_allclose(ours, exact, rtol=1e-10, atol=1e-10)
    single = StudentT(features, degrees, torch.float32).log_prob(z.float()).detach().numpy()
    np.testing.assert_allclose(single, exact, rtol=1e-4, atol=1e-4)


def test_student_t_far_out_is_finite():
    for dtype, far in ((torch.float32, 1e38), (F64, 1e300)):
        base = StudentT(3, 2.0, dtype)
        z = torch.full((1, 3), far, dtype=dtype, requires_grad=True)
        value = base.log_prob(z)
        value.backward()
        slope = -5 * math.log(far)  # log p ~ -(ν + d) log |z|
        assert value.item() == pytest.approx(slope, rel=0.02)
        assert z.grad.isfinite().all()
        assert base.log_degrees.grad.isfinite()


def test_degrees_of_freedom_are_learned():
    rows = draw(StudentT(3, 2.5, F64), 4000).detach()
    base = StudentT(3, 30.0, F64)
    optimizer = torch.optim.LBFGS(base.parameters(), max_iter=60, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = -base.log_prob(rows).mean()
        value.backward()
        return value

    optimizer.step(loss)
    assert base.degrees.item() == pytest.approx(2.5, rel=0.1)


def test_draws_of_student_t_are_differentiable_in_its_degrees():
    base = StudentT(1, 5.0, F64)
    z = draw(base, 40_000)
    (slope,) = torch.autograd.grad(z.abs().log().mean(), base.log_degrees)
    step = 1e-3  # E log|t| by the digamma function: d/dν of (ψ(1/2) - ψ(ν/2) + log ν)/2
    nu = np.exp(np.log(5.0) + np.array([-step, step]))
    from scipy.special import digamma

    exact = np.diff((np.log(nu) - digamma(nu / 2)) / 2)[0] / (2 * step)
    assert float(slope) == pytest.approx(exact, abs=0.02)


def test_mixture_is_the_sum_of_its_parts():
    base, z = mixture(3, 4), normal(10, 3)
    weights, factors = base.logits.softmax(0).detach().numpy(), base.factors().detach()
    parts = [
        w * stats.multivariate_normal(m.detach().numpy(), np.linalg.inv((a.T @ a).numpy())).pdf(z.numpy())
        for w, m, a in zip(weights, base.means, factors, strict=True)
    ]
    np.testing.assert_allclose(base.log_prob(z).detach().numpy(), np.log(sum(parts)), rtol=1e-9)


def test_mixture_is_found_from_data():
    centres = torch.tensor([[-4.0, 0.0], [4.0, 0.0], [0.0, 6.0]], dtype=F64)
    parts = zip(centres, (1.0, 0.5, 2.0), strict=True)
    rows = torch.cat([c + width * normal(500, 2, seed) for seed, (c, width) in enumerate(parts)])
    base = GaussianMixture.fit(rows, 3)
    found = base.means.detach()[base.means[:, 0].argsort()]
    torch.testing.assert_close(found, centres[centres[:, 0].argsort()], rtol=0, atol=0.3)
    assert base.log_prob(rows).mean() > StandardNormal(2).log_prob(rows).mean()
    assert all(p.requires_grad for p in base.parameters())


def test_mixture_survives_repeated_rows_and_refuses_too_few():
    rows = torch.zeros(20, 2, dtype=F64)
    assert GaussianMixture.fit(torch.cat([rows, normal(20, 2)]), 4).log_prob(rows).isfinite().all()
    with pytest.raises(DataError, match="got 2 rows, expected at least as many as components, 3"):
        GaussianMixture.fit(normal(2, 2), 3)


def test_a_normal_density_is_a_mixture_of_one():
    rows = normal(4000, 2) @ torch.tensor([[2.0, 0.0], [1.0, 0.5]], dtype=F64).T + 3
    base = GaussianMixture.fit(rows, 1)
    exact = stats.multivariate_normal(rows.mean(0).numpy(), np.cov(rows.T.numpy(), ddof=0))
    ours = base.log_prob(rows[:50]).detach().numpy()
    np.testing.assert_allclose(ours, exact.logpdf(rows[:50].numpy()), atol=0.02)


def test_box_is_uniform_inside_and_minus_infinity_outside():
    z = torch.tensor([[0.0, 3.0], [-1.0, 5.0], [1.1, 3.0], [0.0, 1e300]], dtype=F64)
    assert box().log_prob(z).tolist() == [-math.log(6), -math.log(6), -math.inf, -math.inf]
    flow = Flow(LULinear(2, F64), box())
    assert flow.log_prob(z).tolist()[2] == -math.inf


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: StudentT(2, 0.0),
            "degrees: got .*, expected a finite number of at least 0.1 and of at most 10000",
        ),
        (
            lambda: StudentT(2, math.nan),
            "degrees: got .*, expected a finite number of at least 0.1 and of at most 10000",
        ),
        (lambda: GaussianMixture(2, 0), "components: got 0, expected a whole number of at least 1"),
        (lambda: BoxUniform(torch.ones(2), torch.ones(2)), "low, high: got .*, expected low < high"),
        (
            lambda: BoxUniform(torch.zeros(2), torch.full((2,), math.inf)),
            "low, high: got .*, expected low < high",
        ),
    ],
)
def test_bad_values_are_refused(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()

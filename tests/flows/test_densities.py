"""The two-moons density against brute-force quadrature, its own samples, and a trained flow."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from sciml.errors import DataError
from sciml.flows import RationalQuadratic, TwoMoons, coupling_flow

FALSE_ALARM = 1e-3  # of each statistical check, were its seed drawn afresh


def masses(density, blocks, fine=16):
    """Return the edges of blocks × blocks squares that hold (nearly) all mass, and the mass of each."""
    reach = density.scale * (1.6 + 8 * density.noise)
    step = 2 * reach / (blocks * fine)
    side = -reach + step * (np.arange(blocks * fine) + 0.5)
    points = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
    mass = np.exp(density.log_prob(points)).reshape(blocks, fine, blocks, fine).sum((1, 3)) * step**2
    return np.linspace(-reach, reach, blocks + 1), mass


def check_samples(density, samples):
    """Compare samples with the density in 20 × 20 squares: chi-square."""
    edges, mass = masses(density, blocks=20)
    counts = np.histogram2d(*samples.T, bins=[edges, edges])[0]
    full = len(samples) * mass >= 5
    expected = np.append(mass[full], 1 - mass[full].sum()) * len(samples)
    observed = np.append(counts[full], len(samples) - counts[full].sum())
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, full.sum()) > FALSE_ALARM


@pytest.mark.parametrize("density", [TwoMoons(), TwoMoons(noise=0.25, scale=1.5)])
def test_integrates_to_one(density):
    assert abs(masses(density, blocks=10)[1].sum() - 1) <= 1e-6


@pytest.mark.parametrize("noise", [0.02, 0.1, 1.0])
def test_agrees_with_adaptive_quadrature(noise):
    density = TwoMoons(noise=noise)
    for x in density.sample(3, seed=1):
        u = x + np.array([0.5, 0.25])

        def integrand(t, u=u):
            moons = [(math.cos(t), math.sin(t)), (1 - math.cos(t), 0.5 - math.sin(t))]
            squares = [(u[0] - a) ** 2 + (u[1] - b) ** 2 for a, b in moons]
            return sum(math.exp(-s / (2 * noise**2)) for s in squares) / (4 * math.pi**2 * noise**2)

        value = integrate.quad(integrand, 0, math.pi, epsabs=0, epsrel=1e-11, limit=500)[0]
        assert abs(density.log_prob(x[None])[0] - math.log(value)) <= 1e-9


@pytest.mark.parametrize("noise", [0.01, 0.1, 3.0])
def test_quadrature_error_is_small_where_the_samples_are(noise):
    density = TwoMoons(noise=noise)
    assert density.error(density.sample(2000, seed=0)) <= 1e-12
    assert density.error(np.empty((0, 2))) == 0


def test_scale_and_symmetry():
    x = TwoMoons().sample(50, seed=3)
    one = TwoMoons().log_prob(x)
    np.testing.assert_allclose(TwoMoons(scale=3.0).log_prob(3 * x), one - 2 * math.log(3), atol=1e-12)
    np.testing.assert_allclose(TwoMoons().log_prob(-x), one, atol=1e-12)


def test_samples_follow_the_density():
    density = TwoMoons(scale=1.5)
    samples = density.sample(20000, seed=0)
    check_samples(density, samples)
    with pytest.raises(AssertionError):
        check_samples(density, TwoMoons(noise=0.13, scale=1.5).sample(20000, seed=0))
    with pytest.raises(AssertionError):
        check_samples(density, 1.3 * samples)


def test_samples_are_seeded():
    density = TwoMoons()
    assert np.array_equal(density.sample(5, seed=4), density.sample(5, seed=4))
    assert not np.array_equal(density.sample(5, seed=4), density.sample(5, seed=5))
    assert density.sample(0, seed=0).shape == (*density.log_prob(np.empty((0, 2))).shape, 2) == (0, 2)


def test_far_points_underflow_gracefully_and_nan_is_refused():
    assert np.isfinite(TwoMoons().log_prob([[1e6, -1e6], [0.0, 100.0]])).all()
    with pytest.raises(DataError, match="row 1"):
        TwoMoons().log_prob([[0.0, 0.0], [math.nan, 0.0]])


def test_a_small_flow_learns_the_density():
    density = TwoMoons(scale=1.5)
    x = torch.tensor(density.sample(20000, seed=0), dtype=torch.float32)
    flow = coupling_flow(
        2, layers=4, hidden=(32, 32), transform=RationalQuadratic(8, 5.0), dtype=torch.float32
    )
    optimizer = torch.optim.Adam(flow.parameters(), lr=2e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
    generator = torch.Generator().manual_seed(0)
    for _ in range(300):
        optimizer.zero_grad()
        (-flow.log_prob(x[torch.randint(len(x), (256,), generator=generator)]).mean()).backward()
        optimizer.step()
        schedule.step()
    fresh = density.sample(20000, seed=1)
    with torch.no_grad():
        theirs = flow.log_prob(torch.tensor(fresh, dtype=torch.float32)).double().numpy()
    assert 0 < (density.log_prob(fresh) - theirs).mean() <= 0.06

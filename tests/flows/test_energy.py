"""Energies: log Z that is known, error bars, weights, modes that are missed; evidence by two means."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.flows import coupling_flow, fit_energy, log_evidence
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.uses.energy_loss import EnergyLoss
from sciml.flows.uses.walkers import walk

CENTRES = torch.tensor([[3.0, 0.0], [-3.0, 1.0]])
WIDTH = 0.6
LOG_Z = math.log(2 * math.pi * WIDTH**2)


def two_modes(x):
    """Two normal modes of weights 0.2 and 0.8, whose integral is 2π width²."""
    weights = torch.tensor([0.2, 0.8], dtype=x.dtype).log()
    squares = ((x[:, None] - CENTRES.to(x.dtype)) ** 2).sum(2)
    return -(weights - squares / (2 * WIDTH**2)).logsumexp(1)


def skew(x):
    """A logistic and a Gumbel column of mass e^1.5."""
    logistic = x[:, 0] + 2 * torch.nn.functional.softplus(-x[:, 0])
    return logistic + x[:, 1] + (-x[:, 1]).exp() - 1.5


@pytest.fixture(scope="module")
def fitted():
    return fit_energy(skew, 2, max_steps=100)


def test_log_z_is_found_within_its_error(fitted):
    assert fitted.log_z == pytest.approx(1.5, abs=4 * fitted.log_z_std)
    assert fitted.log_z_std < 0.01
    assert fitted.ess > 0.9
    assert not fitted.doubts
    assert fitted.bound.value <= fitted.log_z + 1e-6


def test_weights_make_expectations(fitted):
    x, log_w = fitted.weighted(20_000, seed=3)
    share = log_w.softmax(0)
    assert float(share @ x[:, 1]) == pytest.approx(0.5772, abs=0.05)  # Euler's constant
    assert float(share @ x[:, 0].square()) == pytest.approx(math.pi**2 / 3, abs=0.2)
    assert torch.equal(fitted.sample(5, seed=3), x[:5]) or fitted.sample(5, seed=3).shape == (5, 2)
    assert torch.equal(fitted.sample(5, seed=3), fitted.sample(5, seed=3))


def test_both_modes_are_found_with_their_weights():
    fit = fit_energy(two_modes, 2, max_steps=0)
    assert fit.log_z == pytest.approx(LOG_Z, abs=0.02)
    assert isinstance(fit.flow.base, GaussianMixture)
    share = float((fit.sample(20_000, seed=0)[:, 0] > 0).double().mean())
    assert share == pytest.approx(0.2, abs=0.03)


def test_a_mode_that_is_missed_is_said():
    flow = coupling_flow(2, layers=2, hidden=(8,))
    with torch.no_grad():  # moves everything into the second mode
        for layer in flow.transform.transforms:
            layer.conditioner.biases[-1].zero_()

    def far(x):
        return two_modes(x + CENTRES[1])  # the heavy mode at the origin, the light one six widths away

    fit = fit_energy(far, 2, flow=flow, max_steps=40)
    assert fit.log_z == pytest.approx(LOG_Z + math.log(0.8), abs=0.1)
    assert any("a mode was missed" in doubt for doubt in fit.doubts)
    assert not fit.passed


def test_path_and_plain_gradients_have_one_mean_and_the_path_has_less_noise():
    flow = coupling_flow(2, layers=2, hidden=(8,), dtype=torch.float64, seed=1)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.03 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(2)))

    def energy(x):
        return 0.5 * (x * x).sum(1)

    def gradients(kind):
        found = []
        for seed in range(60):
            loss = EnergyLoss(flow, energy, kind)(torch.tensor([seed]))
            parts = torch.autograd.grad(loss, list(flow.parameters()))
            found.append(torch.cat([part.flatten() for part in parts]))
        return torch.stack(found)

    path, plain = gradients("path"), gradients("plain")
    error = ((path.var(0) + plain.var(0)) / 60).sqrt() + 1e-12
    assert ((path.mean(0) - plain.mean(0)).abs() < 5 * error).all()
    assert path.var(0).sum() < 0.5 * plain.var(0).sum()


def test_the_weights_of_a_mixture_get_a_gradient():
    """That of the divergence by its own formula, Σ over components, against the estimate."""
    base = GaussianMixture(1, 2, dtype=torch.float64)
    with torch.no_grad():
        base.means.copy_(torch.tensor([[-4.0], [4.0]]))
    flow = coupling_flow(1, layers=1, hidden=(4,), base=base, dtype=torch.float64)

    def energy(x):  # the right component is e times likelier
        return -torch.logaddexp(-0.5 * (x[:, 0] + 4) ** 2, 1.0 - 0.5 * (x[:, 0] - 4) ** 2)

    slopes = [
        torch.autograd.grad(EnergyLoss(flow, energy, "path")(torch.tensor([seed])), base.logits)[0]
        for seed in range(80)
    ]
    assert torch.stack(slopes).mean(0).tolist() == pytest.approx([0.25, -0.25], abs=0.02)


def test_walkers_find_the_density():
    x = walk(two_modes, 2, 400, 60, torch.Generator().manual_seed(0), torch.float32)
    right = x[:, 0] > 0
    assert 0.2 < float(right.double().mean()) < 0.8
    for mode, centre in ((right, CENTRES[0]), (~right, CENTRES[1])):
        score = (x[mode] - centre) / WIDTH
        assert stats.kstest(score.flatten().numpy(), "norm").pvalue > 1e-3


def conjugate(features, n, seed):
    """Draws of a linear regression's posterior, its unnormalised density, and the exact log evidence."""
    rng = np.random.default_rng(seed)
    design, noise = rng.normal(size=(3 * features, features)), 0.7
    y = design @ rng.normal(size=features) + noise * rng.normal(size=len(design))
    precision = np.eye(features) + design.T @ design / noise**2
    mean = np.linalg.solve(precision, design.T @ y / noise**2)
    draws = rng.multivariate_normal(mean, np.linalg.inv(precision), n)
    exact = stats.multivariate_normal(np.zeros(len(y)), noise**2 * np.eye(len(y)) + design @ design.T)
    x, target = torch.from_numpy(design), torch.from_numpy(y)
    constant = -0.5 * features * math.log(2 * math.pi) - 0.5 * len(y) * math.log(2 * math.pi * noise**2)

    def log_density(theta):
        misfit = ((target - theta @ x.T) ** 2).sum(1) / noise**2
        return constant - 0.5 * misfit - 0.5 * (theta**2).sum(1)

    return torch.from_numpy(draws), log_density, float(exact.logpdf(y))


@pytest.mark.parametrize(
    "features", [2, pytest.param(10, marks=pytest.mark.slow), pytest.param(20, marks=pytest.mark.slow)]
)
def test_evidence_of_a_linear_regression(features):
    draws, log_density, exact = conjugate(features, 2000, 0)
    found = log_evidence(draws, log_density)
    assert found.value == pytest.approx(exact, abs=0.05)
    assert found.value == pytest.approx(exact, abs=5 * found.error + 1e-6)
    assert found.bridge.value == pytest.approx(exact, abs=5 * found.bridge.error + 1e-6)
    assert found.passed


def test_evidence_of_draws_that_are_not_of_the_density_is_doubted():
    draws, log_density, _ = conjugate(2, 2000, 0)
    flow = coupling_flow(2, layers=2, hidden=(8,), dtype=torch.float64)
    wrong = draws.mean(0) + 3 * (draws - draws.mean(0))
    found = log_evidence(wrong, log_density, flow=flow)
    assert any("differ by" in doubt for doubt in found.doubts)


def test_the_error_of_a_chain_is_larger_than_that_of_its_draws_apart():
    draws, log_density, _ = conjugate(2, 2000, 0)
    chain = draws[:200].repeat_interleave(10, 0)
    flow = coupling_flow(2, layers=2, hidden=(8,), dtype=torch.float64)
    scaled = lambda x: log_density(x * 0.2 + draws.mean(0))  # noqa: E731
    alone = log_evidence((draws - draws.mean(0)) / 0.2, scaled, flow=flow)
    hanging = log_evidence((chain - draws.mean(0)) / 0.2, scaled, flow=flow)
    assert hanging.error > 1.8 * alone.error


BAD = {
    "energy: got a str": (("U", 2), {}, ArgumentTypeError),
    r"energy: got \(256, 2\), expected a tensor of shape": ((lambda x: x, 2), {}, ArgumentError),
    "energy: its values have no gradient": ((lambda x: x.detach().sum(1), 2), {}, ArgumentError),
    "energy: is finite at none": ((lambda x: x.sum(1) / 0, 2), {}, DataError),
    "features: got 0": ((skew, 0), {}, ArgumentError),
    "gradients: got 'pth'.*did you mean 'path'": ((skew, 2), {"gradients": "pth"}, ArgumentError),
    "flow: got 3 features": ((skew, 2), {"flow": coupling_flow(3, layers=1)}, ArgumentError),
    "max_steps: got -1": ((skew, 2), {"max_steps": -1}, ArgumentError),
}


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused(words):
    positional, named, kind = BAD[words]
    with pytest.raises(kind, match=words):
        fit_energy(*positional, **named)


def test_bad_samples_are_refused():
    draws, log_density, _ = conjugate(2, 300, 0)
    with pytest.raises(DataError, match="at least 200"):
        log_evidence(draws[:50], log_density)
    with pytest.raises(DataError, match="samples: got nan in row 0"):
        log_evidence(draws * torch.nan, log_density)
    with pytest.raises(ArgumentError, match="log_density: got .300, 2."):
        log_evidence(draws, lambda x: x, flow=coupling_flow(2, layers=1, dtype=torch.float64))
    with pytest.raises(ArgumentTypeError, match="samples: got a ndarray"):
        log_evidence(draws.numpy(), log_density)

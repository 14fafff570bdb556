"""The bundled posteriors: exact ones against quadrature, runs that pass, runs that must not."""

import numpy as np
import pytest

import sciml
from sciml.contracts.status import Status

NAMES = ("linear-gaussian-posterior", "gamma-poisson-posterior")
each = pytest.mark.parametrize("name", NAMES)


@each
def test_the_exact_posterior_is_bayes_theorem(name):
    """Draws of prior and simulator, weighted by nothing: E[h(θ, x)] is the same over posterior means."""
    problem = sciml.load_problem(name)
    theta, x = problem.pairs(20_000, 0)
    if name.startswith("linear"):
        a = problem.design / problem.noise
        mean = (x / problem.noise) @ a @ np.linalg.inv(np.eye(3) + a.T @ a)
        middle = problem.log_posterior(mean, x)
        assert (middle >= problem.log_posterior(mean + 0.01, x)).all()
    else:
        mean = ((problem.shape + x.sum(1)) / (1 + problem.counts))[:, None]
        side = np.linspace(0, 40, 40_001)[1:, None]
        density = np.exp(problem.log_posterior(side, np.tile(x[0], (len(side), 1))))
        assert density.sum() * 1e-3 == pytest.approx(1, abs=1e-3)
        assert (density * side[:, 0]).sum() * 1e-3 == pytest.approx(mean[0, 0], rel=1e-3)
    left = theta - mean
    for column in x.T:  # what is left of the mean is uncorrelated with whatever hangs on x
        assert np.abs(np.corrcoef(left.T, column)[-1, :-1]).max() < 4 / 20_000**0.5
    prior = np.log(np.abs(theta) + 1)
    lead = problem.log_posterior(theta, x).mean() - problem.log_posterior(theta, x[::-1]).mean()
    assert lead > prior.var() * 0.1  # right pairs are likelier than wrong ones


def test_a_short_run_says_so_and_comes_back(tmp_path):
    problem = sciml.load_problem("gamma-poisson-posterior")
    solution = sciml.solve(problem, quick=True, max_steps=20)
    folder = solution.save(tmp_path / "run")
    again = sciml.load(folder, problem=problem)
    x = np.array([[0.5], [1.0], [2.0]])
    assert np.array_equal(again(x)["log_prob"], solution(x)["log_prob"])
    assert again.metrics == solution.metrics
    assert set(again.compare().by_name()) == {"log_prob_gap", "calibration_p"}


def test_no_step_is_no_pass():
    solution = sciml.solve(sciml.load_problem("linear-gaussian-posterior"), quick=True, max_steps=0)
    assert solution.passed is False
    assert solution.status is not Status.CONVERGED


@pytest.mark.slow
@each
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("quick", [False, True])
def test_it_passes(name, seed, quick):
    solution = sciml.solve(sciml.load_problem(name), seed=seed, quick=quick)
    assert solution.passed, solution.message
    assert solution.status is Status.CONVERGED

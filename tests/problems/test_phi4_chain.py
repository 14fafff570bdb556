"""The partition function of a chain: transfer matrix against quadrature, runs that pass and must not."""

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad

import sciml
from sciml.contracts.status import Status


def test_the_transfer_matrix_is_the_integral():
    problem = sciml.load_problem("phi4-chain", sites=2, mass=-0.5)

    def density(y, x):
        return float((-problem.energy(torch.tensor([[x, y]], dtype=torch.float64))).exp())

    integral = dblquad(density, -5, 5, -5, 5, epsabs=1e-9)[0]
    assert problem.log_z().value == pytest.approx(np.log(integral), abs=1e-8)
    assert problem.log_z().error < 1e-9


def test_without_interaction_it_is_a_normal_integral():
    """With the quartic term small against the mass, to first order in it: each site, and their coupling."""
    problem = sciml.load_problem("phi4-chain", sites=3, mass=5.0, coupling=0.1)
    matrix = 7 * np.eye(3) - (np.roll(np.eye(3), 1, 0) + np.roll(np.eye(3), -1, 0))
    normal = 1.5 * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(matrix)[1]
    variance = np.linalg.inv(matrix)[0, 0]
    first = -0.1 * 3 * 3 * variance**2
    assert problem.log_z().value == pytest.approx(normal + first, abs=2e-3)


def test_the_quick_size_passes_and_comes_back(tmp_path):
    problem = sciml.load_problem("phi4-chain", sites=3)
    solution = sciml.solve(problem, quick=True)
    assert solution.passed
    assert solution.status is Status.CONVERGED
    assert solution.scalars["log_z"] == pytest.approx(
        problem.log_z().value, abs=4 * solution.stds["log_z"] + 1e-3
    )
    again = sciml.load(solution.save(tmp_path / "run"), problem=problem)
    x = np.random.default_rng(0).normal(size=(5, 3))
    assert np.array_equal(again(x)["log_prob"], solution(x)["log_prob"])


def test_no_step_is_no_pass():
    solution = sciml.solve(sciml.load_problem("phi4-chain", sites=2), quick=True, max_steps=0)
    assert solution.passed is False
    assert solution.status is not Status.CONVERGED


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_full_size_passes(seed):
    solution = sciml.solve(sciml.load_problem("phi4-chain"), seed=seed)
    assert solution.passed
    assert solution.status is Status.CONVERGED

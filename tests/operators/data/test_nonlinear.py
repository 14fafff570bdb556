"""Kirchhoff's heat equation and ground states against other methods and special functions."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import mathieu_a, mathieu_cem

import sciml
from sciml.operators.data import GaussianField, Heat
from sciml.operators.data.nonlinear import GroundState, KirchhoffHeat
from sciml.operators.data.series import Series, grid

INPUTS = GaussianField(modes=6).coefficients(3, seed=2)
NAMES = ("kirchhoff-heat-operator", "ground-state-operator")


def test_kirchhoff_by_the_method_of_lines():
    """The equation itself on 32 points, slopes by differentiation matrices."""
    operator, n = KirchhoffHeat(nu=0.01, kappa=0.3), 32
    k = 2j * np.pi * np.fft.fftfreq(n, 1 / n)

    def rate(_, u):
        modes = np.fft.fft(u)
        slope = np.fft.ifft(k * modes).real
        return 0.01 * (1 + 0.3 * np.mean(slope**2)) * np.fft.ifft(k**2 * modes).real

    for i in range(3):
        u = INPUTS.on_grid(n)[i]
        ran = solve_ivp(rate, (0, 1), u, method="LSODA", rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(operator.on_grid(INPUTS, n)[i], ran.y[:, -1], atol=1e-8)
    assert operator.error(INPUTS) < 1e-10


def test_without_kirchhoffs_term_it_is_the_heat_equation():
    alone = KirchhoffHeat(nu=0.01, kappa=0.0).on_grid(INPUTS, 64)
    np.testing.assert_allclose(alone, Heat(nu=0.01).on_grid(INPUTS, 64), atol=1e-14)


@pytest.mark.parametrize("q", [0.5, 5.0, 12.0])
def test_the_ground_state_of_a_cosine_is_mathieus_function(q):
    """V = q π² cos 2πx gives ce₀(πx, q)."""
    potential = Series(np.array([[0.0, q * np.pi**2]], dtype=complex))
    x = grid(64, 2)
    known = mathieu_cem(0, q, 180 * x)[0]
    known *= np.sign(known.sum()) / np.sqrt(np.mean(known**2))
    found = GroundState().on_grid(potential, 64)[0]
    np.testing.assert_allclose(found, known, atol=1e-8)
    assert found.min() > 0
    energy = np.pi**2 / 2 * mathieu_a(0, q)
    slope = np.gradient(np.tile(GroundState().on_grid(potential, 4096)[0], 3), 1 / 4096)[4096:8192]
    fine = GroundState().on_grid(potential, 4096)[0]
    rayleigh = np.mean(slope**2 / 2 + q * np.pi**2 * np.cos(2 * np.pi * grid(4096, 2)) * fine**2)
    assert rayleigh == pytest.approx(energy, rel=1e-5)


def test_ground_states_agree_with_collocation():
    """Another discretisation, of drawn potentials: kinetic energy by a matrix on points, V diagonal."""
    law, n = sciml.load_problem("ground-state-operator").law, 128
    potential = law.coefficients(4, seed=1)
    j = np.fft.fftfreq(n, 1 / n)
    fourier = np.fft.fft(np.eye(n), axis=0)
    kinetic = np.fft.ifft(((2 * np.pi * j) ** 2 / 2)[:, None] * fourier, axis=0).real
    for v, found in zip(potential.on_grid(n), GroundState().on_grid(potential, n), strict=True):
        state = np.linalg.eigh(kinetic + np.diag(v))[1][:, 0] * np.sqrt(n)
        np.testing.assert_allclose(found, state * np.sign(state.sum()), atol=1e-8)
    assert np.std(potential.on_grid(n)) == pytest.approx(150, rel=0.35)


@pytest.mark.parametrize("name", NAMES)
def test_the_problems_know_their_labels_and_symmetries(name):
    problem = sciml.load_problem(name, samples=64)
    solution = sciml.solve(problem, quick=True, max_steps=5)
    assert solution.metrics["label_error"] < 1e-9
    assert solution.metrics["ridge_error"] > 0.03  # linear regression is not enough
    assert list(solution.certificates) == ["spectral", "ridge", "classical"]
    inputs = problem.law.coefficients(2, seed=9).on_grid(64)
    moved = solution(np.roll(inputs, 7, 1))["output"]
    np.testing.assert_allclose(moved, np.roll(solution(inputs)["output"], 7, 1), atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bound"), [(NAMES[0], 1e-2), (NAMES[1], 5e-2)])
def test_networks_learn_what_regression_does_not(name, bound):
    solution = sciml.solve(sciml.load_problem(name), seed=1)
    assert solution.passed
    assert solution.metrics["error_16n"] < bound < solution.metrics["ridge_error_16n"]

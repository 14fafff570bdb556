"""Linear operators against quadrature and an ODE solver, and against extended precision."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sciml.operators.data import Advection, Antiderivative, GaussianField, Heat, Poisson
from sciml.operators.data.series import grid

PERIODIC = GaussianField(modes=12).coefficients(3, seed=2)
SINES = GaussianField(modes=12, boundary="zero").coefficients(3, seed=2)
POINTS = np.array([0.0, 0.123, 0.5, 0.871, 1.0])


def gauss(left, right, nodes=60):
    x, w = np.polynomial.legendre.leggauss(nodes)
    return left + (right - left) * (x + 1) / 2, w * (right - left) / 2


def test_heat_is_convolution_with_the_heat_kernel():
    operator = Heat(nu=0.02, time=0.5)
    y, spread = np.arange(-4 * 256, 5 * 256) / 256, 0.02 * 0.5
    kernel = np.exp(-((POINTS[:, None] - y) ** 2) / (4 * spread)) / np.sqrt(4 * np.pi * spread) / 256
    np.testing.assert_allclose(operator.at(PERIODIC, POINTS), PERIODIC.at(y) @ kernel.T, atol=1e-13)


def test_advection_moves_the_function():
    operator = Advection(speed=-1.3, time=0.7)
    np.testing.assert_allclose(
        operator.at(PERIODIC, POINTS), PERIODIC.at(POINTS + 1.3 * 0.7), atol=1e-13, rtol=0
    )


def test_poisson_is_the_integral_with_greens_function():
    for x in POINTS[1:-1]:
        (below, w), (above, v) = gauss(0.0, x), gauss(x, 1.0)
        exact = (1 - x) * (SINES.at(below) @ (w * below)) + x * (SINES.at(above) @ (v * (1 - above)))
        np.testing.assert_allclose(Poisson().at(SINES, np.array([x]))[:, 0], exact, atol=1e-13)
    assert np.abs(Poisson().at(SINES, np.array([0.0, 1.0]))).max() < 1e-13


def test_the_antiderivative_solves_its_ode():
    ran = solve_ivp(
        lambda x, F: PERIODIC.at(np.array([x]))[:, 0],
        (0, 1),
        np.zeros(3),
        method="DOP853",
        t_eval=POINTS,
        rtol=1e-12,
        atol=1e-12,
    )
    np.testing.assert_allclose(Antiderivative().at(PERIODIC, POINTS), ran.y, atol=1e-11)


def test_the_antiderivative_of_mean_zero_differs_by_a_line():
    line = Antiderivative().on_grid(PERIODIC, 64) - Antiderivative(from_zero=False).on_grid(PERIODIC, 64)
    np.testing.assert_allclose(np.diff(line, axis=1), np.outer(PERIODIC.mean, np.ones(63)) / 64, atol=1e-14)
    assert np.abs(Antiderivative(from_zero=False).on_grid(PERIODIC, 64).mean(axis=1)).max() < 1e-15


CASES = [(Heat(), PERIODIC), (Advection(), PERIODIC), (Poisson(), SINES), (Antiderivative(), PERIODIC)]


@pytest.mark.parametrize(("operator", "inputs"), CASES)
def test_own_error_and_independence_of_the_grid(operator, inputs):
    assert operator.error(inputs) < 3e-15
    fine = 128 if inputs.multiple == 2 else 127
    np.testing.assert_allclose(
        operator.on_grid(inputs, 64), operator.on_grid(inputs, fine)[:, ::2], atol=1e-13, rtol=0
    )
    np.testing.assert_allclose(
        operator.on_grid(inputs, 64), operator.at(inputs, grid(64, inputs.multiple)), atol=1e-13, rtol=0
    )


def test_the_error_estimate_sees_a_wrong_answer():
    class Wrong(Heat):
        def on_grid(self, inputs, n):
            return super().on_grid(inputs, n) * (1 + 1e-9)

    assert 0.9e-9 < Wrong().error(PERIODIC) < 1.1e-9

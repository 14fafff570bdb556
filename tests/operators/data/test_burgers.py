"""Cole–Hopf: the equation holds, mean is kept, exact and independent solutions agree, digits are counted."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sciml.errors import ArgumentError
from sciml.operators.data import Burgers, GaussianField, Series, burgers_by_steps
from sciml.operators.data.cole_hopf import velocity_by_kernel, velocity_by_series
from sciml.operators.data.series import grid

FIELD = GaussianField()
INPUTS = FIELD.coefficients(8, seed=0)


def relative(ours, reference):
    return float((np.linalg.norm(ours - reference, axis=1) / np.linalg.norm(reference, axis=1)).max())


def derivative(u, order):
    spectrum = np.fft.rfft(u, axis=1)
    return np.fft.irfft(spectrum * (2j * np.pi * np.arange(spectrum.shape[1])) ** order, u.shape[1], axis=1)


def residual(u_of_time, nu, time, step):
    """‖u_t + (u²/2)_x − ν u_xx‖ / ‖u_t‖: spectral in x, fourth-order differences in t."""
    before, earlier, u, later, after = (u_of_time(time + i * step) for i in (-2, -1, 0, 1, 2))
    u_t = (before - 8 * earlier + 8 * later - after) / (12 * step)
    return relative(nu * derivative(u, 2) - derivative(u**2 / 2, 1), u_t)


@pytest.mark.parametrize(
    ("nu", "form", "step"),
    [(0.1, "auto", 2e-3), (0.02, "fft", 2e-3), (0.02, "kernel", 2e-3), (0.005, "auto", 1e-3)],
)
def test_the_equation_holds(nu, form, step):
    def solution(time):
        return Burgers(nu, time, form).on_grid(INPUTS, 512)

    coarse, fine = (residual(solution, nu, 0.8, each) for each in (2 * step, step))
    assert fine < 1e-5
    assert coarse / fine > 11  # fourth order in the step of the test: nothing else is left
    assert residual(lambda t: 1.001 * solution(t), nu, 0.8, step) > 1e-4
    assert residual(lambda t: Burgers(1.001 * nu, t, form).on_grid(INPUTS, 512), nu, 0.8, step) > 1e-5


def test_a_solution_in_closed_form():
    """φ = 1 + a e^{−4π²νt} cos 2πx, carried along with the mean m."""
    nu, time, a, m = 0.03, 0.4, 0.6, 0.7
    k = 2 * np.pi

    def exact(x, t):
        decayed = a * np.exp(-(k**2) * nu * t)
        y = x - m * t
        return m + 2 * nu * k * decayed * np.sin(k * y) / (1 + decayed * np.cos(k * y))

    nodes = grid(512, 2)
    c = 2 * np.fft.rfft(exact(nodes, 0.0), norm="forward")[:200]
    c[0] /= 2
    inputs, x = Series(c[None]), np.linspace(0, 1, 37)
    for form in ("fft", "kernel"):
        np.testing.assert_allclose(Burgers(nu, time, form).at(inputs, x)[0], exact(x, time), atol=1e-14)


@pytest.mark.parametrize("nu", [0.1, 0.01, 0.001])
def test_the_mean_is_kept(nu):
    mean = Burgers(nu).on_grid(INPUTS, 2048).mean(axis=1)
    np.testing.assert_allclose(mean, INPUTS.mean, atol=1e-13, rtol=0)


@pytest.mark.parametrize(("nu", "bound"), [(0.1, 1e-13), (0.01, 1e-13), (0.001, 1e-13), (1e-4, 1e-12)])
def test_the_error_against_a_refined_one(nu, bound):
    assert Burgers(nu).error(INPUTS) < bound


def test_the_fft_form_loses_digits_where_the_kernel_does_not():
    assert Burgers(1 / 250, form="fft").error(INPUTS) > 1e-12
    assert Burgers(1 / 250, form="kernel").error(INPUTS) < 1e-13
    with pytest.raises(ArgumentError, match="no digits"):
        Burgers(0.001, form="fft")


@pytest.mark.parametrize("nu", [0.1, 0.01, 0.001])
def test_convergence_in_the_nodes(nu):
    x = grid(64, 2)
    exact = velocity_by_kernel(INPUTS, nu, 1.0, 8192, x)
    errors = [relative(velocity_by_kernel(INPUTS, nu, 1.0, nodes, x), exact) for nodes in (128, 512, 2048)]
    assert errors[0] > errors[1] > 1e-11 > 1e-13 > errors[2]
    if nu > 0.005:
        flux, potential = velocity_by_series(INPUTS, nu, 1.0, 1024)
        assert relative(flux.at(x) / potential.at(x), exact) < 1e-13


@pytest.mark.parametrize("nu", [0.1, 0.01, 0.001])
def test_a_solution_does_not_depend_on_the_grid(nu):
    operator = Burgers(nu)
    coarse, fine = operator.on_grid(INPUTS, 100), operator.on_grid(INPUTS, 200)
    np.testing.assert_allclose(coarse, fine[:, ::2], atol=1e-13, rtol=0)
    np.testing.assert_allclose(coarse, operator.at(INPUTS, grid(100, 2)), atol=1e-13, rtol=0)


@pytest.mark.parametrize(("nu", "n", "steps"), [(0.1, 256, 100), (0.01, 512, 200)])
def test_time_steps_agree_to_their_own_error(nu, n, steps):
    inputs = INPUTS.first(4).band(32)
    operator = Burgers(nu)
    coarse, fine = (burgers_by_steps(operator, inputs, n, k * steps) for k in (1, 2))
    own = relative(coarse, fine)  # about 15/16 of the coarse one's error
    exact = operator.on_grid(inputs, n)
    assert own < 1e-4
    assert relative(coarse, exact) < 1.3 * own
    assert relative(fine, exact) < own / 3  # the order comes late where the slope is steep


def test_a_library_solver_agrees():
    n, nu = 64, 0.05
    inputs = GaussianField(modes=6).coefficients(1, seed=4)

    def slope(_, u):
        u = u[None]
        return (nu * derivative(u, 2) - derivative(u**2 / 2, 1))[0]

    ran = solve_ivp(slope, (0, 0.5), inputs.on_grid(n)[0], method="DOP853", rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(Burgers(nu, 0.5).on_grid(inputs, n)[0], ran.y[:, -1], atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"nu": 0.0}, "nu"),
        ({"nu": 1e-6}, "product"),
        ({"nu": 5.0, "time": 3.0}, "product"),
        ({"form": "FFT"}, "did you mean 'fft'"),
    ],
)
def test_bad_parameters_are_named(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        Burgers(**arguments)

"""The closed formulas of the one-equation flame: conservation laws, tensors, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import constants

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flame.mixture import ATMOSPHERE, Mixture, R, arrhenius

MIXTURES = [Mixture(), Mixture(phi=0.5, p_atm=1.2), Mixture(T_in=600.0), Mixture(p_atm=5.0, nu=1.3)]
SPEEDS = [0.2, 1.0, 5.0]


def test_what_solver_and_reference_share_is_pinned_from_outside():
    """A wrong constant in `mixture.py` moves both alike, so that no check of a solve can see it."""
    assert round(constants.R, 4) == R  # CODATA, rounded as in the paper
    assert constants.atm == ATMOSPHERE
    paper = {
        "conductivity": 2.6e-2, "Ea": 1.214172e5, "A": 1.4e8, "nu": 1.6, "cp": 1e3, "heat": 5e7,
        "W": 28.97e-3, "slope": 1e5,
    }  # arXiv:2406.09071, case 1  # fmt: skip
    gas = Mixture(phi=0.42)
    assert {name: getattr(gas, name) for name in paper} == paper
    assert gas.Y_in == pytest.approx(0.42 / 4.42, rel=1e-15)
    assert gas.rho_in == pytest.approx(101325 * 28.97e-3 / (8.3145 * 298), rel=1e-14)
    assert gas.T_max == pytest.approx(298 + 5e4 * 0.42 / 4.42, rel=1e-14)
    assert gas.rate(1500.0, 0.3) == pytest.approx(
        1.4e8 * np.exp(-1.214172e5 / (8.3145 * 1500)) * (gas.density(1500.0, 0.3) * gas.fuel(1500.0)) ** 1.6
    )


@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize("s_L", SPEEDS)
def test_conservation(mixture, s_L):
    T = np.linspace(mixture.T_in, mixture.T_max, 50)
    u, rho, p = (f(T, s_L) for f in (mixture.velocity, mixture.density, mixture.pressure))
    flux = mixture.rho_in * s_L
    np.testing.assert_allclose(rho * u, flux, rtol=1e-14)
    np.testing.assert_allclose(p, rho * R / mixture.W * T, rtol=1e-13)
    np.testing.assert_allclose(p + flux * u, mixture.p_in + flux * s_L, rtol=1e-14)
    enthalpy = mixture.cp * T + mixture.heat * mixture.fuel(T)
    np.testing.assert_allclose(enthalpy, mixture.cp * mixture.T_in + mixture.heat * mixture.Y_in, rtol=1e-13)
    assert u[0] == pytest.approx(s_L, rel=1e-12)
    assert mixture.fuel(mixture.T_max) == 0.0


def test_velocity_is_the_textbook_root_without_its_cancellation():
    mixture, T, s_L = Mixture(), np.linspace(298.0, 4800.0, 20), 3.0
    total = s_L + mixture.Rg * mixture.T_in / s_L
    textbook = 0.5 * (total - np.sqrt(total**2 - 4.0 * mixture.Rg * T))
    np.testing.assert_allclose(mixture.velocity(T, s_L), textbook, rtol=1e-10)


@pytest.mark.parametrize("name", ["velocity", "density", "pressure", "rate"])
def test_tensors_give_what_arrays_give(name):
    mixture, T = Mixture(), np.linspace(298.0, 4800.0, 20)
    tensors = getattr(mixture, name)(torch.tensor(T), torch.tensor(0.27, dtype=torch.float64), torch)
    np.testing.assert_allclose(tensors.numpy(), getattr(mixture, name)(T, 0.27), rtol=1e-13)


def test_the_rate_is_differentiable_by_all_that_may_be_inferred():
    T = torch.tensor(1500.0, dtype=torch.float64)
    inferred = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (1.2e5, 1.4e8, 1.6)]

    def rate(Ea, A, nu):
        return arrhenius(T, torch.tensor(0.01, dtype=torch.float64), Ea=Ea, A=A, nu=nu, xp=torch)

    assert torch.autograd.gradcheck(lambda *p: rate(*p).log(), inferred, eps=1e-4, atol=1e-8)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"phi": 1.2}, "'phi': got 1.2, expected a value"),
        ({"phi": float("nan")}, "'phi'"),
        ({"phi": -0.4}, "'phi'"),
        ({"T_in": 5000.0}, "'T_in': got 5000.0"),
        ({"p_atm": 0.0}, "'p_atm'"),
        ({"conductivity": -1.0}, "'conductivity'"),
        ({"heat": 1e3}, "burnt gas of 298.091 K: expected at least 1.5 times T_in"),
    ],
)
def test_senseless_mixtures_are_refused_in_one_line(changes, words):
    with pytest.raises(ArgumentError) as caught:
        replace(Mixture(), **changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_types_are_refused():
    with pytest.raises(ArgumentTypeError, match="phi"):
        Mixture(phi="lean")

"""The forward reference: figures from elsewhere, an exact front, the equation itself, two methods."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.polynomial import Chebyshev

from sciml.errors import ArgumentError
from sciml.flame.mixture import Mixture
from sciml.flame.references import by_collocation, by_phase_plane, phase_plane, premixed_reference
from sciml.flame.references.profile import hermite

PHIS = (0.40, 0.42, 0.44, 0.46, 0.48, 0.50)
# s_L in m/s from an independent computation whose two methods agree to 3e-12
TABLE = {
    **dict(
        zip(
            product((298.0,), (1.0,), PHIS),
            (0.267820482020, 0.292786112067, 0.317979798710, 0.343339499933, 0.368811624873, 0.394349910008),
            strict=True,
        )
    ),
    **dict(
        zip(
            product((298.0,), (1.2,), PHIS),
            (0.258339214432, 0.282408002723, 0.306696959927, 0.331146231194, 0.355704116098, 0.380325983888),
            strict=True,
        )
    ),
    (300.0, 1.0, 0.4): 0.270064139218,
    (350.0, 1.0, 0.4): 0.328343829371,
    (400.0, 1.0, 0.4): 0.390996253493,
    (450.0, 1.0, 0.4): 0.458278801450,
    (500.0, 1.0, 0.4): 0.530471818066,
    (550.0, 1.0, 0.4): 0.607882671662,
    (600.0, 1.0, 0.4): 0.690851129563,
}
CORNERS = list(product((0.35, 0.6), (250.0, 650.0), (0.5, 5.0)))


@pytest.fixture(scope="module")
def flame():
    return premixed_reference(Mixture())


@pytest.mark.parametrize(("condition", "s_L"), TABLE.items())
def test_burning_velocities_from_elsewhere(condition, s_L):
    T_in, p_atm, phi = condition
    found = premixed_reference(Mixture(phi=phi, T_in=T_in, p_atm=p_atm))
    assert found.s_L == pytest.approx(s_L, rel=1e-11)
    assert abs(found.s_L - s_L) <= found.error + 1e-12  # the table is rounded
    assert found.error < 1e-10 * s_L


@pytest.mark.parametrize(("phi", "T_in", "p_atm"), CORNERS)
def test_two_methods_agree_in_the_corners(phi, T_in, p_atm):
    mixture = Mixture(phi=phi, T_in=T_in, p_atm=p_atm)
    first = by_phase_plane(mixture, 1.5e-3)
    second = by_collocation(mixture, first)
    x = np.linspace(0.0, 1.5e-3, 200)
    assert second.s_L == pytest.approx(first.s_L, rel=1e-10)
    np.testing.assert_allclose(second.deficit(x), first.deficit(x), atol=1e-8)


@pytest.mark.parametrize(
    "corner", [(0.3, 200.0, 0.1), (0.3, 800.0, 20.0), (1.0, 200.0, 20.0), (1.0, 800.0, 0.1)]
)
def test_a_bracket_is_found_at_the_limits(corner):
    phi, T_in, p_atm = corner
    mixture = Mixture(phi=phi, T_in=T_in, p_atm=p_atm)
    s_L = phase_plane.burning_velocity(mixture)
    assert phase_plane.mismatch(mixture, 1.0001 * s_L) < 0.0 < phase_plane.mismatch(mixture, s_L / 1.0001)


def test_collocation_converges_on_the_phase_plane(flame):
    gaps = [abs(by_collocation(flame.mixture, flame.profile, tol).s_L - flame.s_L) for tol in (1e-6, 1e-8)]
    assert gaps[1] < 0.05 * gaps[0]
    assert gaps[1] < 1e-9


@dataclass
class PowerLaw:
    """θ'' − θ' + (n + 1) θⁿ⁺¹ (1 − θⁿ) = 0 from θ = start on, whose slope is θ (1 − θⁿ)."""

    n: int
    start: float = 0.02
    s_L: float = 1.0
    thickness: float = 1.0

    def slope(self, theta):
        return theta * (1.0 - theta**self.n)

    @property
    def pinned(self):
        return self.slope(self.start) / (1.0 - self.start)

    def omega(self, y, xp=None):
        theta = 1.0 - (1.0 - self.start) * y
        return (self.n + 1) * theta**self.n * self.slope(theta) / (1.0 - self.start)

    def manifold(self, y):
        return self.slope(1.0 - (1.0 - self.start) * y) / (1.0 - self.start)

    def theta(self, xi):
        offset = self.start**-self.n - 1.0
        return (1.0 + offset * np.exp(-self.n * xi)) ** (-1.0 / self.n)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_an_exact_front(n):
    front = PowerLaw(n)
    traced = phase_plane.trace(front, 1e-4)
    theta = 1.0 - (1.0 - front.start) * traced.y
    np.testing.assert_allclose(traced.P, front.slope(theta) / (1.0 - front.start), rtol=1e-9)
    xi = np.linspace(0.0, 3.0, 300)
    exact = (1.0 - front.theta(xi)) / (1.0 - front.start)
    np.testing.assert_allclose(traced.deficit(xi), exact, atol=1e-9)


def test_the_equation_holds(flame):
    """ρ_in s_L cp T' − λ T'' − q w = 0, with derivatives of a polynomial through the temperatures."""
    mixture = flame.mixture
    fit = Chebyshev.interpolate(lambda x: flame(x)["T"], 160, domain=[0.0, 1.5e-3])
    x = np.linspace(0.03e-3, 1.47e-3, 500)  # at the ends differentiation multiplies rounding
    convection = mixture.rho_in * flame.s_L * mixture.cp * fit.deriv(1)(x)
    conduction = mixture.conductivity * fit.deriv(2)(x)
    heat = mixture.heat * flame(x)["rate"]
    assert np.abs(convection - conduction - heat).max() < 1e-6 * heat.max()
    assert fit(0.0) == pytest.approx(mixture.T_in, rel=1e-9)
    assert fit.deriv(1)(0.0) == pytest.approx(mixture.slope, rel=1e-5)


def test_heat_released_is_heat_carried_away(flame):
    """q ∫ w dx = ρ_in s_L cp (T(L) − T(0)) − λ (T'(L) − T'(0)), by Gauss quadrature."""
    mixture, length = flame.mixture, 1.5e-3
    nodes, weights = np.polynomial.legendre.leggauss(120)
    released = mixture.heat * 0.5 * length * weights @ flame(0.5 * length * (1.0 + nodes))["rate"]
    profile = flame.profile
    y, P = profile.deficit(length), np.interp(length / profile.scaled.thickness, profile.xi, profile.P)
    carried = mixture.rho_in * flame.s_L * mixture.cp * profile.scaled.rise * (1.0 - y)
    conducted = mixture.conductivity * (profile.scaled.rise / profile.scaled.thickness * P - mixture.slope)
    assert released == pytest.approx(carried - conducted, rel=1e-6)


def test_fields_and_their_errors(flame):
    assert flame.T[0] == pytest.approx(298.0, abs=1e-9)
    assert (np.diff(flame.T) > 0.0).all()
    assert flame.errors["T"] < 1e-5
    assert set(flame.errors) == {"T", "u", "Y_F", "rate"} == set(flame.fields)
    np.testing.assert_allclose(flame.fields["u"][0], flame.s_L, rtol=1e-12)


def test_a_longer_domain_gives_the_same_flame(flame):
    longer = premixed_reference(Mixture(), 0.02)
    assert longer.s_L == pytest.approx(flame.s_L, rel=1e-11)
    np.testing.assert_allclose(longer(flame.x)["T"], flame.T, atol=1e-5)


def test_interpolation_is_of_sixth_order():
    def error(count):
        nodes, x = np.linspace(0.0, 1.0, count), np.linspace(0.0, 1.0, 1000)
        wave = hermite(x, nodes, np.sin(6 * nodes), 6 * np.cos(6 * nodes), -36 * np.sin(6 * nodes))
        return np.abs(wave - np.sin(6 * x)).max()

    assert np.log2(error(9) / error(17)) == pytest.approx(6.0, abs=0.3)


@pytest.mark.parametrize(
    ("changes", "length", "words"),
    [
        ({}, 2e-4, "length: 0.0002 m is too narrow"),
        ({}, 10.0, "length: got 10 m, expected at most"),
        ({}, -1.0, "length: got -1.0"),
        ({}, float("nan"), "length: got nan"),
        ({"slope": 1e9}, 1.5e-3, "slope: steeper than the flame"),
        ({"A": 1e16}, 1.5e-3, "faster than sound"),
    ],
)
def test_what_has_no_flame_is_refused_in_one_line(changes, length, words):
    with pytest.raises(ArgumentError) as caught:
        premixed_reference(Mixture(**changes), length)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_positions_beyond_the_profile_are_refused(flame):
    with pytest.raises(ArgumentError, match="outside"):
        flame.profile.temperature([0.0, 1.0])

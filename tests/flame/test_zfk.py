"""References of the ZFK flame: two methods agree, and give the known burning rates."""

import numpy as np
import pytest

from sciml.flame.front_references import collocate, shoot
from sciml.flame.zfk import ZfkRate

# beta, Le, m at gamma = 0.8, and half a unit of m's last digit
KNOWN = (
    (5, 1, 0.86377384, 5e-9),
    (8, 1, 0.90217005, 5e-9),
    (10, 1, 0.91760747, 5e-9),
    (15, 1, 0.94085859, 5e-9),
    (20, 1, 0.95384563, 5e-9),
    (40, 1, 0.97539857, 5e-9),
    (10, 0.5, 0.957802880, 5e-10),
    (10, 0.7, 0.941107094, 5e-10),
    (10, 0.8, 0.933076634, 5e-10),
    (10, 1.4, 0.888823943, 5e-10),
    (10, 1.5, 0.882037420, 5e-10),
    (10, 2, 0.850272035, 5e-10),
)


@pytest.mark.parametrize(("beta", "lewis", "known", "unit"), KNOWN)
def test_burning_rates(beta, lewis, known, unit):
    rate = ZfkRate(beta, 0.8, lewis)
    shot, collocated = shoot(rate).m, collocate(rate)
    assert shot.value == pytest.approx(known, abs=1.01 * unit)
    assert shot.value == pytest.approx(collocated.value, abs=1e-10)
    assert max(shot.error, collocated.error) < 1e-8


@pytest.mark.parametrize("given", [(4, 0.8, 1), (20, 0, 0.3), (50, 0, 0.3), (50, 0.9, 3), (4, 0.9, 3)])
def test_methods_agree_at_the_corners(given):
    rate = ZfkRate(*given)
    assert shoot(rate).m.value == pytest.approx(collocate(rate).value, abs=1e-10)


def test_the_error_knows_that_the_unburnt_gas_reacts():
    assert shoot(ZfkRate(4, 0.8, 1)).m.error > 1e-8
    assert shoot(ZfkRate(10, 0.8, 1)).m.error < 1e-8


def test_large_beta():
    gaps = [
        beta**2 * abs(shoot(rate).m.value - rate.asymptotic)
        for beta, rate in ((beta, ZfkRate(beta, 0.8, 1)) for beta in (10, 20, 40))
    ]
    assert max(gaps) / min(gaps) < 1.5


@pytest.mark.parametrize("lewis", [0.5, 1, 2])
def test_profiles_solve_both_equations(lewis):
    rate, h = ZfkRate(10, 0.8, lewis), 1e-3
    x = np.array([-11.0, -6, -3, -1, 0, 0.4, 0.6, 0.7, 0.9, 1.5, 4])
    flame = shoot(rate)
    low, (theta, fuel), high = (np.array(flame(x + shift)) for shift in (-h, 0, h))
    slope, bend = (high - low) / (2 * h), (high - 2 * np.array([theta, fuel]) + low) / h**2
    omega = rate.factor * fuel * np.exp(-10 * (1 - theta) / (1 - 0.8 * (1 - theta)))
    m = flame.m.value
    np.testing.assert_allclose(bend[0] - m * slope[0] + omega, 0, atol=2e-4)
    np.testing.assert_allclose(bend[1] / lewis - m * slope[1] - omega, 0, atol=2e-4)
    np.testing.assert_allclose(slope[1] / lewis - m * (theta + fuel - 1) + slope[0], 0, atol=2e-5)


def test_the_profile_is_pinned_and_equal_to_the_fuel_burnt_where_lewis_is_one():
    theta, fuel = shoot(ZfkRate(10, 0.8, 1))(np.linspace(-20, 20, 81))
    assert theta[40] == pytest.approx(0.5, abs=1e-12)
    assert (np.diff(theta) >= 0).all()
    np.testing.assert_allclose(theta + fuel, 1, atol=1e-9)


def test_the_burnt_gas():
    rate = ZfkRate(10, 0.8, 0.5)
    m, kappa = 0.9, rate.decay(0.9)
    assert kappa**2 / 0.5 + m * kappa == pytest.approx(rate.factor)
    assert rate.remainder(m) * rate.factor == pytest.approx(kappa**2 + m * kappa)
    assert ZfkRate(10, 0.8, 1).remainder(m) == 1

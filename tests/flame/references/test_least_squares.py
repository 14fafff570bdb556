"""The classical inverse problem: its bound against figures from elsewhere and the scatter of estimates."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from sciml.errors import ArgumentError, DataError
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations
from sciml.flame.references import by_phase_plane, cramer_rao, fit_mixture
from sciml.flame.references.premixed import fields_of
from sciml.flame.simulation import simulate

TRUTH = Mixture(phi=0.46)
START = replace(TRUTH, conductivity=0.03, Ea=1.5e5)
S_L = 0.343339499933
SETS = 100
FALSE_ALARM = 1e-3


@pytest.mark.parametrize(
    ("points", "percent"), [(10, (0.67, 0.90, 0.13)), (25, (0.43, 0.59, 0.083))], ids=["10", "25"]
)
def test_bounds_from_elsewhere(points, percent):
    """Noise of 2 % of each value, even points over 1.5 mm with both ends."""
    errors = cramer_rao(TRUTH, simulate(TRUTH, points, 0.02, seed=0)).errors
    relative = errors["s_L"] / S_L, errors["conductivity"] / TRUTH.conductivity, errors["Ea"] / TRUTH.Ea
    assert [float(f"{100 * each:.2g}") for each in relative] == list(percent)


def test_the_bound_from_the_slow_solver():
    """The same from coarse differences through the phase plane."""
    observations = simulate(TRUTH, 10, 0.02, seed=0)
    sigma = np.concatenate([observations.sigma["T"], observations.sigma["u"]])
    columns = []
    for name in ("conductivity", "Ea"):
        value = getattr(TRUTH, name)
        sides = [replace(TRUTH, **{name: value * factor}) for factor in (1.001, 0.999)]
        ahead, behind = (fields_of(by_phase_plane(side, 1.5e-3), observations.x) for side in sides)
        change = np.concatenate([ahead[field] - behind[field] for field in ("T", "u")])
        columns.append(change / sigma / (0.002 * value))
    covariance = np.linalg.inv(np.array(columns) @ np.array(columns).T)
    np.testing.assert_allclose(cramer_rao(TRUTH, observations).covariance, covariance, rtol=1e-4)


@pytest.mark.parametrize("first", [(0.03, 1.5e5), (0.2, 1.2e5), (0.03, 3e5), (0.026, 6e4)])
def test_exact_fields_give_the_truth(first):
    found = fit_mixture(simulate(TRUTH, 10, 0.0, 0), replace(TRUTH, conductivity=first[0], Ea=first[1]))
    assert found.values["conductivity"].value == pytest.approx(TRUTH.conductivity, rel=1e-7)
    assert found.values["Ea"].value == pytest.approx(TRUTH.Ea, rel=1e-7)
    assert found.values["s_L"].value == pytest.approx(S_L, rel=1e-7)


@pytest.mark.parametrize(
    "unknowns", [("A",), ("conductivity", "Ea", "T_in"), ("phi", "heat"), ("nu", "p_atm")]
)
def test_other_unknowns(unknowns):
    start = replace(TRUTH, **{name: 1.05 * getattr(TRUTH, name) for name in unknowns})
    found = fit_mixture(simulate(TRUTH, 15, 0.0, 0), start, unknowns)
    for name in unknowns:
        assert found.values[name].value == pytest.approx(getattr(TRUTH, name), rel=1e-5)


@pytest.fixture(scope="module")
def fits():
    return [fit_mixture(simulate(TRUTH, 10, 0.02, seed), TRUTH) for seed in range(SETS)]


def test_the_bound_is_the_scatter_of_estimates(fits):
    """Squared errors in units of the bound are χ², two degrees of freedom a set; false alarm 1e-3."""
    bound = cramer_rao(TRUTH, simulate(TRUTH, 10, 0.02, seed=0))
    truth = [getattr(TRUTH, name) for name in bound.names]
    errors = np.array([[fit.values[name].value for name in bound.names] for fit in fits]) - truth
    statistic = np.einsum("si,ij,sj->", errors, np.linalg.inv(bound.covariance), errors)
    low, high = chi2.interval(1.0 - FALSE_ALARM, 2 * SETS)
    assert low < statistic < high
    assert statistic / 1.3**2 < low, "a bound 1.3 times too wide must be noticed"
    assert statistic * 1.3**2 > high, "a bound 1.3 times too narrow must be noticed"


def test_chi_square_is_that_of_the_noise(fits):
    """The sum of all squared residuals is χ²; false alarm 1e-3."""
    total = sum(fit.chi_square * fit.freedom for fit in fits)
    low, high = chi2.interval(1.0 - FALSE_ALARM, sum(fit.freedom for fit in fits))
    assert low < total < high


def test_what_cannot_be_told_apart_is_refused():
    """The equation stays the same when cp, λ and q grow together."""
    with pytest.raises(DataError, match="cannot tell cp, conductivity, heat apart"):
        cramer_rao(TRUTH, simulate(TRUTH, 10, 0.02, 0), ("cp", "conductivity", "heat"))


@pytest.mark.parametrize(
    ("unknowns", "words"),
    [(("Eaa",), "did you mean 'Ea'"), ((), "one or more different"), (("Ea", "Ea"), "one or more different")],
)
def test_senseless_unknowns(unknowns, words):
    with pytest.raises(ArgumentError, match=words):
        fit_mixture(simulate(TRUTH, 10, 0.02, 0), START, unknowns)


def test_too_few_values():
    x = np.array([0.0, 1e-3])
    observations = Observations(x, {"T": np.array([300.0, 4000.0])}, {"T": np.array([1.0, 1.0])})
    with pytest.raises(DataError, match="2 observed values: expected more than 2 unknowns"):
        fit_mixture(observations, START)

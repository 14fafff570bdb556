"""Profile likelihood: where linear error bars hold and where not, and where χ² is one above its least."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sciml.flame import Mixture, simulate
from sciml.flame.references import fit_mixture
from sciml.flame.references.likelihood import Likelihood
from sciml.flame.references.whitened import WhitenedModel

GAS = Mixture(phi=0.46)
UNKNOWNS = ("conductivity", "Ea")


def likelihood(points: int, seed: int = 0):
    data = simulate(GAS, points, 0.02, seed)
    fit = fit_mixture(data, GAS, UNKNOWNS)
    return data, fit, Likelihood(WhitenedModel(data, GAS, UNKNOWNS), fit)


def test_with_ten_points_linear_bars_hold():
    _, fit, profile = likelihood(10)
    for j, name in enumerate(UNKNOWNS):
        interval, value = profile.interval(j), fit.values[name]
        assert interval.linear
        assert (interval.low, interval.high) == pytest.approx(
            (value.value - value.error, value.value + value.error), rel=1e-12
        )
        assert profile.rise(j, 0.0) == pytest.approx(0.0, abs=1e-6)


def test_with_three_they_do_not_and_the_ends_are_where_a_fit_of_the_others_says():
    data, fit, profile = likelihood(3)
    interval, least = profile.interval(0), fit.chi_square * fit.freedom
    assert not interval.linear
    assert interval.high - fit.values["conductivity"].value < fit.values["conductivity"].error
    for end in (interval.low, interval.high):
        other = fit_mixture(data, replace(GAS, conductivity=end), ("Ea",))
        assert other.chi_square * other.freedom - least == pytest.approx(1.0, abs=0.1)


def test_an_end_beyond_a_factor_of_two_is_none():
    interval = likelihood(3, seed=7)[2].interval(0)
    assert interval.low == 0.0
    assert interval.high < 0.04

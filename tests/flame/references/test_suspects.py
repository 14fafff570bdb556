"""What is suspected of data that a flame does not fit: the fault that was put in, and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sciml.flame import Mixture, Observations, simulate
from sciml.flame.references import fit_mixture
from sciml.flame.references.suspects import suspects

GAS = Mixture(phi=0.46)
UNKNOWNS = ("conductivity", "Ea")


def named(observations: Observations, **assumed: float) -> tuple[str, ...]:
    """Return the suspects after a fit from the usual first guesses."""
    start = replace(GAS, conductivity=0.03, Ea=1.5e5, **assumed)
    fit = fit_mixture(observations, start, UNKNOWNS)
    assert fit.chi_square > 2
    return suspects(observations, fit.profile.scaled.mixture, UNKNOWNS)


def spoilt(observations: Observations, point: int, **factors: float) -> Observations:
    values = {name: array.copy() for name, array in observations.values.items()}
    for name, factor in factors.items():
        values[name][point] *= factor
    return replace(observations, values=values)


@pytest.mark.parametrize("offset", [5e-5, -5e-5])
def test_an_offset_of_x_is_named_with_its_size(offset):
    true = np.linspace(max(0.0, -offset), 1.4e-3, 10)
    data = simulate(GAS, true, 0.01, 0)
    (words,) = named(replace(data, x=true + offset))
    assert words.startswith("x, off by ")
    assert float(words.split()[3]) == pytest.approx(offset, rel=0.05)


@pytest.mark.parametrize(("field", "point", "factor"), [("T", 4, 1.3), ("u", 2, 0.7)])
def test_an_outlier_is_named_with_its_place(field, point, factor):
    data = simulate(GAS, 10, 0.02, 0)
    (words,) = named(spoilt(data, point, **{field: factor}))
    assert words.startswith(f"{field} at x = {data.x[point]:.4g} m, an outlier (p = ")


def test_a_point_of_which_nothing_fits_is_named():
    data = simulate(GAS, 10, 0.02, 0)
    (words,) = named(spoilt(data, 5, T=1.3, u=1.3))
    assert words.startswith("the point x = 0.0008333 m (p = ")


@pytest.mark.parametrize(
    ("assumed", "words", "unit"),
    [({"phi": 0.5}, "phi, rather 0.46", "than 0.5 "), ({"T_in": 350.0}, "T_in, rather 29", "than 350 K")],
)
def test_another_state_of_the_gas_is_named(assumed, words, unit):
    first = named(simulate(GAS, 10, 0.02, 0), **assumed)[0]
    assert first.startswith(words)
    assert unit in first


def test_nobody_is_named_for_a_wrong_law_of_the_rate_or_a_sigma_too_small():
    assert named(simulate(Mixture(phi=0.5, nu=1.3), 25, 0.005, 0)) == ()
    data = simulate(GAS, 10, 0.02, 0)
    assert named(replace(data, sigma={name: sigma / 3 for name, sigma in data.sigma.items()})) == ()

"""Sensitivities of trained scalars, against closed forms and differences of the references."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import sciml
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flame.references.phase_plane import burning_velocity

APART = 1e-3  # of a constant, for differences of the reference


@pytest.fixture(scope="module")
def flame():
    return sciml.solve(sciml.load_problem("premixed-flame", phi=0.42))


@pytest.fixture(scope="module")
def fronts():
    return {a: sciml.solve(sciml.load_problem("nagumo-front", a=a)) for a in (0.25, 0.5)}


def test_every_constant_of_the_gas_as_by_differences_of_the_phase_plane(flame):
    mixture = flame.problem.mixture
    found = flame.sensitivities()["s_L"]
    assert {"phi", "T_in", "p_atm", "conductivity", "Ea", "A", "nu", "cp", "heat", "W", "slope"} == set(found)
    for name, value in found.items():
        p = getattr(mixture, name)
        ends = (burning_velocity(replace(mixture, **{name: p * math.exp(k)})) for k in (APART, -APART))
        first, last = ends
        assert value == pytest.approx(math.log(first / last) / (2 * APART), abs=1e-4), name


def test_the_speed_of_nagumos_front(fronts):
    """c = (1 - 2a)/sqrt(2)."""
    assert fronts[0.25].sensitivities(relative=False)["c"]["a"] == pytest.approx(-math.sqrt(2), rel=1e-5)
    assert fronts[0.25].sensitivities()["c"]["a"] == pytest.approx(-1.0, rel=1e-5)


def test_a_relative_one_is_none_where_the_scalar_is_zero(fronts):
    standing = fronts[0.5]
    assert standing.sensitivities()["c"]["a"] is None
    assert standing.sensitivities(relative=False)["c"]["a"] == pytest.approx(-math.sqrt(2), rel=1e-5)


def test_a_constant_at_the_end_of_its_range(fronts):
    """The lowest a, from one side."""
    edge = replace(fronts[0.25].problem, a=0.25)
    object.__setattr__(edge, "changed", lambda name, a: _at_least(edge, name, a))
    found = replace(fronts[0.25], problem=edge).sensitivities(relative=False)
    assert found["c"]["a"] == pytest.approx(-math.sqrt(2), rel=1e-5)


def _at_least(problem, name, a):
    if a < 0.25:
        raise ArgumentError("below the range")
    return replace(problem, **{name: a})


def test_a_saved_flame_has_them_and_what_has_none_says_so(flame, tmp_path):
    folder = flame.save(tmp_path / "run")
    loaded = sciml.load(folder, problem=flame.problem)
    assert loaded.sensitivities() == flame.sensitivities()
    with pytest.raises(ArgumentError, match=r"sciml\.load\(folder, problem=\.\.\.\)"):
        sciml.load(folder).sensitivities()
    with pytest.raises(ArgumentTypeError, match="relative"):
        flame.sensitivities(relative="yes")
    well = replace(flame, problem=sciml.load_problem("ring"))
    with pytest.raises(ArgumentError, match="ring is a flow problem without them"):
        well.sensitivities()

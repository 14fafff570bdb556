"""Saving and loading: the same numbers, checks and fields."""

import math

import numpy as np
import pytest

import sciml
from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.contracts.parameters import check_parameters, parameters_of
from sciml.runs.reading import solution_of
from sciml.runs.storage import plain


@pytest.fixture
def solution(toy):
    return sciml.solve(toy(target=3.0), seed=4)


def test_load_gives_the_same_numbers_and_checks(solution, tmp_path):
    loaded = sciml.load(solution.save(tmp_path / "run"))
    assert loaded.scalars == solution.scalars
    assert loaded.status is solution.status
    assert (loaded.parameters, loaded.units, loaded.seed) == (solution.parameters, solution.units, 4)
    assert loaded.certificates == solution.certificates
    assert loaded.compare() == solution.compare()
    assert loaded.passed is True
    assert np.array_equal(loaded.samples["y"], solution.samples["y"])


def test_load_with_the_problem_gives_the_same_bits(solution, toy, tmp_path):
    loaded = sciml.load(solution.save(tmp_path / "run"), toy(target=3.0))
    x = np.linspace(-1, 1, 7)
    assert np.array_equal(loaded(x)["y"], solution(x)["y"])


def test_load_without_the_problem_knows_samples_only(solution, tmp_path):
    loaded = sciml.load(solution.save(tmp_path / "run"))
    with pytest.raises(sciml.ArgumentError, match="problem="):
        loaded(np.zeros(3))


def test_report_of_a_loaded_solution_is_the_same(solution, tmp_path):
    loaded = sciml.load(solution.save(tmp_path / "run"))
    assert plain(loaded.report) == plain(solution.report)


def test_saving_twice_replaces(solution, toy, tmp_path):
    solution.save(tmp_path / "run")
    sciml.solve(toy(target=5.0)).save(tmp_path / "run")
    assert sciml.load(tmp_path / "run").scalars["root"] == pytest.approx(5.0)


def test_solve_with_out_is_solve_and_save(toy, tmp_path):
    solution = sciml.solve(toy(), out=tmp_path / "run")
    assert sciml.load(tmp_path / "run").scalars == solution.scalars


def test_metrics_and_their_checks_survive(solution):
    from dataclasses import replace

    metrics = (Check("nll", 1.5, 2.0, 0.1, 0.01, better="lower", unit="nat"),)
    judged = replace(
        solution, problem=None, metrics={"nll": 1.5}, units={"nll": "nat"}, stored=Comparison(metrics=metrics)
    )
    again = solution_of(plain(judged.report))
    assert again.metrics == {"nll": 1.5}
    assert again.compare().metrics[0].better == "lower"
    assert again.compare().metrics[0].passed


def test_stats_hold_times_and_steps(solution):
    assert solution.stats["wall_s"] > 0
    assert solution.stats["cpu_s"] >= 0
    assert solution.stats["steps"] == len(solution.history) == 60


def test_resume_in_python_attaches_the_network(toy, tmp_path):
    first = sciml.solve(toy(), out=tmp_path / "run")
    second = sciml.solve(toy(), out=tmp_path / "run", resume=True)
    assert second.stored is not None
    assert np.array_equal(second(np.ones(1))["y"], first(np.ones(1))["y"])


@pytest.mark.parametrize(
    ("better", "value", "passed"),
    [
        ("equal", 1.0 + 1e-4, True),
        ("equal", 1.0 + 1e-2, False),
        ("equal", 1.0 - 1e-2, False),
        ("lower", 0.5, True),
        ("lower", 1.01, False),
        ("higher", 1.5, True),
        ("higher", 0.99, False),
        ("equal", math.nan, False),
        ("lower", math.nan, False),
        ("lower", -math.inf, False),
    ],
)
def test_check_decides(better, value, passed):
    assert Check("q", value, 1.0, 0.0, 1e-3, better).passed is passed


def test_a_check_claims_no_more_than_its_reference_knows():
    coarse = Check("q", 2.0 + 0.01, 2.0, 0.02, 1e-9)
    assert coarse.allowed == 0.01 + 1e-9
    assert coarse.limited
    assert coarse.passed
    assert FieldCheck("f", 1e-3, 0.0, 1e-2, 1e-6).limited


def test_an_allowance_is_not_counted_twice_when_read_back(toy):
    from dataclasses import replace

    checks = (Check("E0", 2.5, 2.0, 0.02, 1e-3), Check("E1", 0.1, 0.0, 0.02, 1e-3))
    fields = (FieldCheck("psi0", 0.1, 0.2, 1e-2, 1e-6),)
    solution = replace(sciml.solve(toy()), scalars={"E0": 2.5, "E1": 0.1}, problem=None)
    again = solution_of(replace(solution, stored=Comparison(checks, fields)).report).compare()
    for old, new in zip((*checks, *fields), again.checks, strict=True):
        assert new.allowed == pytest.approx(old.allowed, rel=1e-12)


def test_a_check_against_zero_is_absolute():
    assert Check("q", 1e-7, 0.0, 0.0, 1e-6).passed
    assert not Check("q", 1e-5, 0.0, 0.0, 1e-6).passed


def test_one_failed_check_fails_all_and_none_is_no_verdict():
    good, bad = Check("a", 1, 1, 0, 0), Check("b", 2, 1, 0, 0)
    assert Comparison().passed is None
    assert Comparison(scalars=(good,)).passed is True
    assert Comparison(scalars=(good,), metrics=(bad,)).passed is False
    assert Comparison(scalars=(good,), fields=(FieldCheck("f", math.nan, 0, 0, 1),)).passed is False


def test_an_unusable_solution_never_passes(toy):
    solution = sciml.solve(toy(ending=4))
    assert solution.compare().passed is True
    assert solution.passed is False


def test_plain_makes_what_is_undefined_null():
    assert plain({"a": np.array([1.0, np.nan]), "b": np.float64(2), 3: math.inf}) == {
        "a": [1.0, None],
        "b": 2.0,
        "3": None,
    }


def test_parameters_know_their_types_and_ranges(toy):
    found = {item.name: item for item in parameters_of(toy())}
    assert found["target"].parse("3") == 3.0
    assert found["judged"].parse("False") is False
    assert found["ending"].parse("2") == 2
    assert found["target"].range.unit == "m"
    check_parameters(toy())
    with pytest.raises(TypeError, match="true or false"):
        found["judged"].parse("maybe")

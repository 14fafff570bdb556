"""The inverse flame: against SciPy's fit and the Cramér-Rao bound, without noise, and from a table."""

from __future__ import annotations

import numpy as np
import pytest

import sciml
from sciml import Status, load_problem, solve
from sciml.errors import ArgumentError, DataError
from sciml.flame import Mixture, constants, simulate
from sciml.flame.references import cramer_rao, fit_mixture
from sciml.pinn import infer

NAME = "premixed-flame-inverse"
TRUE = {"conductivity": 0.026, "Ea": 1.214172e5, "s_L": 0.343339499933}


@pytest.fixture(scope="module")
def solution():
    return solve(load_problem(NAME))


def test_estimates_are_those_of_the_classical_fit(solution):
    problem = load_problem(NAME)
    start = Mixture(phi=0.46, conductivity=0.03, Ea=1.5e5)
    fit = fit_mixture(problem.measured, start, ("conductivity", "Ea"))
    assert solution.status is Status.CONVERGED
    for name, measured in fit.values.items():
        assert abs(solution.scalars[name] - measured.value) <= 0.05 * measured.error
        assert solution.stds[name] == pytest.approx(measured.error, rel=1e-3)


def test_every_check_passes(solution):
    checks = solution.compare().by_name()
    assert solution.passed
    assert {"conductivity", "Ea", "s_L", "T", "u", "chi_square", "p_value", "std_Ea"} <= set(checks)
    assert checks["Ea"].allowed == pytest.approx(0.2 * 160.3 / 121675, rel=1e-2)


def test_error_bars_are_the_cramer_rao_bound_at_the_truth(solution):
    problem = load_problem(NAME)
    bound = cramer_rao(problem.gas, problem.measured, ("conductivity", "Ea"))
    for name, error in bound.errors.items():
        assert solution.stds[name] == pytest.approx(error, rel=0.05)


def test_without_noise_the_constants_are_found():
    found = solve(load_problem(NAME, noise=0.0))
    assert found.scalars["conductivity"] == pytest.approx(TRUE["conductivity"], rel=1e-4)
    assert found.scalars["Ea"] == pytest.approx(TRUE["Ea"], rel=1e-5)
    assert found.scalars["s_L"] == pytest.approx(TRUE["s_L"], rel=1e-6)
    assert found.passed


def test_little_noise_is_resolved_in_few_steps():
    """1e-4: training alone pulls the network 0.4 standard errors off, and would go on for 900 steps."""
    found = solve(load_problem(NAME, noise=1e-4))
    assert found.status is Status.CONVERGED
    assert found.passed
    assert len(found.history) < 200
    for check in found.compare().scalars:
        assert check.error <= 0.1 * check.allowed


def test_fields_of_one_measured_field_are_judged_in_their_own_error_bars():
    """T alone: u is known to some tenths, and differs by 2e-4 from SciPy's."""
    both = load_problem(NAME).measured
    one = type(both)(both.x, {"T": both.values["T"]}, {"T": both.sigma["T"]})
    found = infer(load_problem("premixed-flame", phi=0.46), one, {"conductivity": 0.03, "Ea": 1.5e5})
    assert found.passed
    assert found.compare().by_name()["u"].allowed > 0.01
    assert found.compare().by_name()["T"].allowed < 0.01
    assert found.remarks[0].startswith("conductivity: 0.0262")
    assert "is no true error bar, the profile likelihood (chi-square + 1) goes from 0.017" in found.remarks[0]


def test_bars_that_hold_need_no_remark(solution):
    assert solution.remarks == ()


def test_three_points_get_their_profile_likelihood():
    found = solve(load_problem(NAME, points=3), quick=True)
    assert [words.split(":")[0] for words in found.remarks] == ["conductivity", "Ea"]


def test_suspects_are_named_in_the_message():
    true = np.linspace(0.0, 1.4e-3, 10)
    data = simulate(Mixture(phi=0.46), true, 0.01, 0)
    moved = type(data)(true + 5e-5, data.values, data.sigma)
    found = infer(load_problem("premixed-flame", phi=0.46), moved, ("conductivity", "Ea"), quick=True)
    assert found.status is Status.STALLED
    assert "sigma is too small; suspects: x, off by 5e-05 m (p = 0." in found.message


@pytest.mark.parametrize(
    "guess",
    [
        {"guess_conductivity": 0.05, "guess_Ea": 9e4},
        pytest.param({"guess_conductivity": 0.015, "guess_Ea": 1.8e5}, marks=pytest.mark.slow),
    ],
)
def test_far_first_guesses_lead_to_the_same_estimates(solution, guess):
    found = solve(load_problem(NAME, **guess), quick=True)
    for name, value in solution.scalars.items():
        assert abs(found.scalars[name] - value) <= 0.1 * solution.stds[name]


def test_what_the_data_cannot_tell_is_said():
    found = solve(load_problem(NAME, unknowns="conductivity,Ea,A,nu"), quick=True)
    assert "not identifiable from these data: A" in found.message
    assert found.certificates["A"]["identified"] is False
    assert found.certificates["conductivity"]["identified"] is True


@pytest.mark.parametrize("field", ["T", pytest.param("u", marks=pytest.mark.slow)])
def test_one_field_alone_is_enough_to_try(field):
    both = simulate(Mixture(phi=0.46), 12, 0.01, 3)
    one = type(both)(both.x, {field: both.values[field]}, {field: both.sigma[field]})
    found = infer(load_problem("premixed-flame", phi=0.46), one, {"Ea": 1.4e5})
    fit = found.compare().by_name()["Ea"]
    assert found.passed
    assert abs(found.scalars["Ea"] - fit.reference) <= 0.1 * found.stds["Ea"]


def test_a_wrong_model_is_a_failure():
    """Data of another flame: the estimates are still SciPy's, but they are not called good."""
    other = simulate(Mixture(phi=0.5, nu=1.3), 25, 0.005, 0)
    found = infer(load_problem("premixed-flame", phi=0.46), other, ("conductivity", "Ea"), quick=True)
    assert found.metrics["p_value"] < 1e-3
    assert found.compare().by_name()["p_value"].passed is False
    assert found.passed is False


def test_save_and_load(solution, tmp_path):
    solution.save(tmp_path / "run")
    whole = sciml.load(tmp_path / "run", problem=load_problem(NAME))
    x = np.linspace(0.0, 1.5e-3, 31)
    for name, values in solution(x).items():
        np.testing.assert_array_equal(whole(x)[name], values)
    assert whole.stds == solution.stds
    assert sciml.load(tmp_path / "run").samples["observed_T"].shape == (10,)


def table(folder, text: str) -> str:
    (folder / "measured.csv").write_text(text)
    return str(folder / "measured.csv")


def test_a_table_of_ones_own(tmp_path):
    exact = simulate(Mixture(phi=0.44), 15, 0.0, 0)
    rows = zip(exact.x * 1e3, exact.values["T"] - 273.15, exact.values["u"] * 100, strict=True)
    lines = ["x [mm],T [degC],u [cm/s]", *(f"{x:.9f},{T:.9f},{u:.9f}" for x, T, u in rows)]
    problem = load_problem(NAME, phi=0.44, observations=table(tmp_path, "\n".join(lines)), noise=0.01)
    found = solve(problem, quick=True)
    assert found.scalars["conductivity"] == pytest.approx(0.026, rel=1e-4)
    assert found.scalars["Ea"] == pytest.approx(1.214172e5, rel=1e-4)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"unknowns": "conductivity,Eb"}, ArgumentError, "unknowns: got 'Eb'"),
        ({"unknowns": ""}, ArgumentError, "unknowns: got none"),
        ({"noise": -0.1}, ArgumentError, "parameter 'noise'"),
    ],
)
def test_bad_arguments_are_one_line(given, error, words):
    with pytest.raises(error, match=words) as refused:
        solve(load_problem(NAME, **given))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x [mm],u\n0,1\n1,2\n1.2,3", "column 'u' has no unit"),
        ("x [mm],Tee [K]\n0,1\n1,2\n1.2,3", "unknown column 'Tee'"),
        ("T [K],u [m/s]\n300,1\n400,2\n500,3", "expected x"),
        ("x [mm],T [K]\n0,300\n1,400\n3,500", "line 4, column 'x': got 0.003 m"),
        ("x [mm],T [K]\n0,300\n1,400", "got 2 rows, expected at least 3"),
    ],
)
def test_bad_tables_are_one_line(tmp_path, text, words):
    with pytest.raises(DataError) as refused:
        solve(load_problem(NAME, observations=table(tmp_path, text)))
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_other_sets(seed):
    assert solve(load_problem(NAME, data_seed=seed), seed=seed).passed


@pytest.mark.slow
def test_what_one_unknown_hides_of_the_others_is_said_without_their_ends():
    """A and Ea trade for one another over the few temperatures of a flame."""
    problem = sciml.load_problem("premixed-flame-inverse", unknowns="Ea,A,nu")
    remarks = constants.scrutinise(problem.measured, problem.gas, ("Ea", "A", "nu")).remarks
    assert [remark.split(":")[0] for remark in remarks] == ["Ea", "nu"]
    assert all("another unknown is not identified" in remark for remark in remarks)

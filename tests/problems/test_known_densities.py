"""The bundled problems with a known density, each solved in its quick size: a new one is one row of CASES."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, FileError
from sciml.flows import Flow, StandardNormal, Whitening
from sciml.flows.judge import judge
from sciml.flows.problem import TEST_ROWS, Seeds

TARGETS = {"banana": 0.03, "student-t-10d": 0.15, "rosenbrock-10d": 0.35, "tail-mismatched": 0.10}


@dataclass(frozen=True)
class Case:
    """A problem: its columns, other values of its parameters, and values out of range."""

    name: str
    columns: int
    others: dict = field(default_factory=dict)
    bad: tuple = ()


CASES = (
    Case("banana", 2, {"curvature": -0.5, "noise": 0.3}, ({"spread": 0.0}, {"curvature": 11.0})),
    Case("ring", 2, {"noise": 0.5}, ({"noise": 0.0},)),
    Case("checkerboard", 2, {"squares": 2}, ({"squares": 3}, {"squares": 0})),
    Case("student-t-10d", 10, {"degrees": 1.0}, ({"degrees": 0.0}, {"correlation": 1.0})),
    Case("rosenbrock-10d", 10, {"spread": 0.1}, ({"noise": 0.0}, {"spread": 2.0})),
    Case("funnel", 10, {"spread": 1.0}, ({"spread": 0.0},)),
    Case("tail-mismatched", 4, {"degrees": 5.0}, ({"degrees": 0.5}, {"samples": 1})),
)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@lru_cache
def quick(name):
    return sciml.solve(sciml.load_problem(name), seed=0, quick=True)


@each
def test_quick_size_passes(case):
    solution = quick(case.name)
    checks = solution.compare().by_name()
    assert solution.name == case.name
    assert solution.status is Status.CONVERGED
    assert solution.passed
    assert checks["log_prob_gap"].value > -4 * checks["log_prob_gap"].reference_error
    assert solution.compare().reference_kind == "analytic"
    assert solution.samples["x"].shape[1] == solution.samples["samples"].shape[1] == case.columns


@each
def test_full_size_is_stricter_and_meets_its_target(case):
    problem = sciml.load_problem(case.name)
    full, fast = problem.recipe(), problem.recipe(quick=True)
    assert full.tolerance <= TARGETS.get(case.name, fast.tolerance)
    assert full.tolerance <= fast.tolerance
    assert full.max_steps > fast.max_steps


@each
def test_the_gap_is_that_of_fresh_rows_in_float64(case):
    solution, problem = quick(case.name), sciml.load_problem(case.name)
    x = problem.density.sample(TEST_ROWS, Seeds.of(0).test)
    gaps = problem.density.log_prob(x) - solution(x)["log_prob"]
    assert solution.metrics["log_prob_gap"] == pytest.approx(gaps.mean(), rel=1e-9)
    assert solution.stds["log_prob_gap"] == pytest.approx(gaps.std(ddof=1) / TEST_ROWS**0.5, rel=1e-9)


@pytest.mark.slow
@each
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_full_size_passes(case, seed):
    solution = sciml.solve(sciml.load_problem(case.name), seed=seed)
    assert solution.status is Status.CONVERGED
    assert solution.passed


class Lifted:
    """The wrong density: 0.5 nat above the right one."""

    def __init__(self, density):
        self.density = density

    def log_prob(self, x):
        return self.density.log_prob(x) + 0.5

    def sample(self, n, seed):
        return self.density.sample(n, seed)


@each
def test_a_density_that_is_not_normalised_fails(case):
    solution, problem = quick(case.name), sciml.load_problem(case.name)
    seeds = Seeds.of(0)
    judged = judge(Lifted(problem.density), solution.fields.flow, TEST_ROWS, (seeds.test, seeds.draws))
    assert abs(judged["mass"].value - 1) > problem.recipe(quick=True).mass_tolerance + judged["mass"].error


@each
def test_a_normal_density_fails(case):
    """The trivial answer: mean and covariance of the draws."""
    solution = quick(case.name)
    density, seeds = solution.problem.density, Seeds.of(0)
    draws = torch.as_tensor(density.sample(5_000, seeds.data), dtype=torch.float32)
    normal = Flow(Whitening.fit(draws), StandardNormal(case.columns))
    judged = judge(density, normal, TEST_ROWS, (seeds.test, seeds.draws))
    wrong = replace(
        solution,
        metrics={name: measured.value for name, measured in judged.items()},
        stds={name: measured.error for name, measured in judged.items()},
    )
    assert wrong.compare().by_name()["log_prob_gap"].passed is False


@each
def test_a_flow_that_was_not_trained_fails(case):
    solution = sciml.solve(sciml.load_problem(case.name), quick=True, max_steps=0)
    assert solution.passed is False
    assert solution.status is not Status.CONVERGED
    assert solution.distrusted[0] == "the model was trained for no step"


@each
def test_save_and_load(case, tmp_path):
    solution, problem = quick(case.name), sciml.load_problem(case.name)
    folder = solution.save(tmp_path / "run")
    again = sciml.load(folder, problem=problem)
    x = problem.density.sample(50, 3)
    assert sciml.load(folder).passed
    assert again.metrics == solution.metrics
    assert np.array_equal(again(x)["log_prob"], solution(x)["log_prob"])


@each
def test_other_parameters_make_another_density(case):
    problem, other = sciml.load_problem(case.name), sciml.load_problem(case.name, **case.others)
    x = other.density.sample(200, 0)
    assert np.abs(other.density.log_prob(x) - problem.density.log_prob(x)).max() > 0.1
    assert set(case.others) <= set(other.parameters)


@each
def test_parameters_out_of_range_are_refused(case):
    for bad in case.bad:
        with pytest.raises(ArgumentError, match=next(iter(bad))):
            sciml.load_problem(case.name, **bad)


@pytest.mark.parametrize("case", [case for case in CASES if case.columns == 2], ids=lambda case: case.name)
@pytest.mark.parametrize("other", [False, True])
def test_the_window_holds_the_density(case, other):
    problem = sciml.load_problem(case.name, **(case.others if other else {}))
    x, weights = problem.grid()
    assert weights @ np.exp(problem.density.log_prob(x)) == pytest.approx(1, abs=5e-3)


def test_more_than_two_columns_are_looked_at_on_draws():
    problem = sciml.load_problem("funnel")
    x, weights = problem.grid()
    assert np.array_equal(x, problem.density.sample(len(x), 0))
    assert weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    "change",
    [
        {"base": "cauchy"},
        {"kind": "residual_flow"},
        {"kind": None},
        {"transform": "cubic"},
        {"prepare": "ica"},
        {"dtype": "int8"},
        {"base": "normal"},
        {"layers": 10**9},
        {"hidden": (10**9, 10**9)},
        {"features": 9},
    ],
)
def test_a_damaged_description_is_a_file_error(change):
    solution = quick("student-t-10d")
    with pytest.raises(FileError, match=r"model\.json"):
        solution.problem.rebuild({**solution.fields.spec, **change}, solution.fields.tensors)

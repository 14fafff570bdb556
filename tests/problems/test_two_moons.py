"""The bundled problem `two-moons`, solved in its quick size."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, FileError
from sciml.flows import Flow
from sciml.flows.judge import judge
from sciml.flows.problem import TEST_ROWS, Seeds


@pytest.fixture(scope="module")
def problem():
    return sciml.load_problem("two-moons")


@pytest.fixture(scope="module")
def quick(problem):
    return sciml.solve(problem, seed=0, quick=True)


@pytest.fixture(scope="module")
def short(problem):
    return sciml.solve(problem, seed=1, quick=True, max_steps=8)


class Shifted(Flow):
    """The wrong model of log-density log q + shift."""

    shift = 0.0

    def log_prob(self, x, context=None):
        return super().log_prob(x, context) + self.shift


def judged_as(solution, shift):
    """Return the comparison of the same flow with a constant added to its log-density."""
    wrong = Shifted(solution.fields.flow.transform, solution.fields.flow.base)
    wrong.shift = shift
    seeds = Seeds.of(solution.seed)
    judged = judge(solution.problem.density, wrong, TEST_ROWS, (seeds.test, seeds.draws))
    values = {name: item.value for name, item in judged.items()}
    errors = {name: item.error for name, item in judged.items()}
    return replace(solution, metrics=values, stds=errors).compare()


def test_quick_size_passes(quick):
    checks = quick.compare().by_name()
    assert quick.status is Status.CONVERGED
    assert quick.passed
    assert 0 < checks["log_prob_gap"].value <= 0.05 == checks["log_prob_gap"].tolerance
    assert 0 < checks["log_prob_gap"].reference_error < 0.005
    assert abs(checks["mass"].value - 1) < 0.01
    assert "Gauss-Legendre" in quick.compare().reference_method
    assert quick.compare().reference_kind == "analytic"


def test_gap_is_the_paired_mean_on_fresh_rows(quick, problem):
    x = problem.density.sample(TEST_ROWS, Seeds.of(0).test)
    gaps = problem.density.log_prob(x) - quick(x)["log_prob"]
    assert quick.metrics["log_prob_gap"] == pytest.approx(gaps.mean(), rel=1e-9)
    assert quick.stds["log_prob_gap"] == pytest.approx(gaps.std(ddof=1) / TEST_ROWS**0.5, rel=1e-9)
    assert len(set(Seeds.of(0))) == 5


@pytest.mark.parametrize(("shift", "culprit"), [(0.2, "mass"), (-0.2, "log_prob_gap"), (0.05, "mass")])
def test_a_wrong_log_density_fails(quick, shift, culprit):
    comparison = judged_as(quick, shift)
    assert not comparison.passed
    assert not comparison.by_name()[culprit].passed


def test_density_on_the_grid_is_close_and_unjudged(quick, problem):
    x, ours = quick.samples["x"], quick.samples["log_prob"]
    known = quick.reference.fields["log_prob"]
    assert x.shape == (10_000, 2)
    assert np.array_equal(x, known.x)
    assert known.weights @ np.exp(known.values) == pytest.approx(1, abs=1e-5)
    assert known.weights @ np.exp(ours) == pytest.approx(1, abs=5e-3)
    assert known.weights @ np.abs(np.exp(ours) - np.exp(known.values)) < (2 * 0.05) ** 0.5  # Pinsker
    assert known.error < 1e-9
    assert quick.compare().fields == ()


def test_save_and_load(quick, problem, tmp_path):
    folder = quick.save(tmp_path / "run")
    alone, again = sciml.load(folder), sciml.load(folder, problem=problem)
    assert alone.passed
    assert again.passed
    assert again.metrics == quick.metrics
    assert {"x", "log_prob", "log_prob_reference", "samples"} <= set(alone.samples)
    x = problem.density.sample(50, 3)
    assert np.array_equal(again(x)["log_prob"], quick(x)["log_prob"])
    assert torch.equal(again.fields.flow.sample(20, seed=1), quick.fields.flow.sample(20, seed=1))


def test_a_short_run_says_so_and_fails_the_check(short):
    assert short.status is Status.MAX_STEPS
    assert "8 of 500 steps" in short.message
    assert short.stats["steps"] == len(short.history) == 8
    assert short.passed is False
    assert all(np.isfinite(values).all() for values in short.samples.values())


def test_the_same_seed_gives_the_same_bits(short, problem):
    again = sciml.solve(problem, seed=1, quick=True, max_steps=8)
    other = sciml.solve(problem, seed=2, quick=True, max_steps=8)
    assert again.metrics == short.metrics != other.metrics
    assert all(np.array_equal(again.samples[name], values) for name, values in short.samples.items())


def test_float64_is_used_where_asked_for(problem, tmp_path):
    solution = sciml.solve(problem, quick=True, max_steps=2, dtype="float64")
    assert solution.fields.dtype == torch.float64
    again = sciml.load(solution.save(tmp_path / "run"), problem=problem)
    assert np.array_equal(again(solution.samples["x"])["log_prob"], solution.samples["log_prob"])


def test_spread_does_not_depend_on_the_noise():
    for noise in (0.01, 0.1, 1.0, 10.0):
        problem = sciml.load_problem("two-moons", noise=noise)
        spread = problem.density.sample(20_000, 0)[:, 0].std()
        assert spread == pytest.approx(1.5 * 0.76**0.5, rel=0.03)
    assert sciml.load_problem("two-moons").scale == 1.5


@pytest.mark.parametrize("bad", [{"noise": 0.0}, {"noise": -1.0}, {"samples": 1}])
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(ArgumentError, match=next(iter(bad))):
        sciml.load_problem("two-moons", **bad)


@pytest.mark.parametrize("change", [{"layers": -1}, {"hidden": 3}, {"bins": "8"}, {"unknown": 1}])
def test_a_damaged_description_is_a_file_error(short, problem, change):
    with pytest.raises(FileError, match=r"model\.json"):
        problem.rebuild({**short.fields.spec, **change}, short.fields.tensors)

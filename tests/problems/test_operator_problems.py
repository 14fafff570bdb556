"""The bundled operators: short trainings to a stated accuracy, beside ridge regression, and run folders."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.operators.data import Heat, generate
from sciml.operators.judge import FACTORS
from sciml.operators.recipe import Seeds

STEPS = 150
LINEAR = ("advection-operator", "antiderivative-operator", "heat-operator", "poisson-operator")


@pytest.fixture(scope="module")
def burgers(tmp_path_factory):
    out = tmp_path_factory.mktemp("burgers") / "run"
    problem = sciml.load_problem("burgers-operator", samples=256, model="galerkin")
    return sciml.solve(problem, quick=True, max_steps=STEPS, out=out), out


def test_a_short_training_learns_burgers_on_every_grid(burgers):
    solution, _ = burgers
    assert solution.status is Status.MAX_STEPS  # on purpose, of 300; the check decides all the same
    assert solution.passed
    errors = [solution.metrics[f"error_{f}n" if f > 1 else "error"] for f in FACTORS]
    assert 1e-6 < max(errors) < 6e-4
    assert max(errors) < 1.05 * min(errors)
    assert abs(solution.metrics["growth"]) < 0.05
    assert solution.metrics["label_error"] < 1e-12
    checks = solution.compare().by_name()
    assert set(checks) == {"error", "error_16n", "skill"}
    assert checks.pop("skill").value > 0.99
    assert all(
        check.tolerance == pytest.approx(3e-3) and check.reference_error < 1e-12 for check in checks.values()
    )


def test_the_network_is_told_that_ridge_regression_beats_it(burgers):
    solution, _ = burgers
    assert solution.metrics["ridge_error"] < 3e-4
    beaten = solution.metrics["error_16n"] > solution.metrics["ridge_error_16n"]
    assert ("loses to ridge regression" in solution.message) is beaten
    known = solution.certificates
    assert list(known) == ["galerkin", "kernel-ridge", "classical"]
    assert known["kernel-ridge"]["error"] == solution.metrics["ridge_error_16n"]
    assert known["classical"]["cpu_s_a_sample"] < known["galerkin"]["cpu_s_a_sample"]
    assert solution.curves["resolution"]["points"] == [64, 128, 256, 512, 1024]
    assert len(solution.curves["resolution"]["ridge"]) == 5


def test_the_error_is_the_mean_relative_l2_norm_on_fresh_samples(burgers):
    solution, _ = burgers
    data = generate(solution.problem.data, 24, 128, Seeds.of(0).test)
    found = solution(data.inputs[..., 0])["output"]
    off = np.linalg.norm(found - data.outputs[..., 0], axis=1)
    errors = off / np.linalg.norm(data.outputs[..., 0], axis=1)
    assert solution.metrics["error_2n"] == pytest.approx(errors.mean(), rel=1e-3)
    assert len(set(Seeds.of(0))) == 4


def test_the_frame_and_the_reflection_hold_exactly(burgers):
    """A moving observer sees the same: u + c at 0 gives u(x − cT) + c; and −u(−x) gives −u(−x)."""
    solution, _ = burgers
    data = generate(solution.problem.data, 3, 64, 77)
    u = data.inputs[..., 0]
    still, faster = solution(u)["output"], solution(u + 5 / 64)["output"]
    np.testing.assert_allclose(faster, np.roll(still, 5, axis=1) + 5 / 64, atol=2e-5)

    def mirrored(v):
        return -np.roll(v[:, ::-1], 1, axis=1)

    np.testing.assert_allclose(solution(mirrored(u))["output"], mirrored(still), atol=1e-5)


def test_labels_that_two_computations_differ_on_are_doubted(monkeypatch):
    """Their error is added to what is allowed: labels on other points than said would let anything pass."""
    on_grid = Heat.on_grid
    for wrong in (
        lambda self, inputs, n: self.image(inputs).at(np.arange(n) / (n - 1)),
        lambda self, inputs, n: on_grid(Heat(nu=self.nu * (1 + 1e-5), time=self.time), inputs, n),
    ):
        monkeypatch.setattr(Heat, "on_grid", wrong)
        solution = sciml.solve(sciml.load_problem("heat-operator", model="ridge", samples=64), quick=True)
        assert solution.passed is False
        assert "two computations of the reference differ" in solution.doubts[0]


def test_a_wrong_operator_fails(burgers):
    solution, _ = burgers
    wrong = replace(solution, metrics={**solution.metrics, "error_16n": 0.0031})
    assert wrong.compare().passed is False


def test_save_and_load(burgers):
    solution, out = burgers
    alone, again = sciml.load(out), sciml.load(out, problem=solution.problem)
    assert alone.passed
    assert again.metrics == solution.metrics
    u = generate(solution.problem.data, 4, 96, 5).inputs[..., 0]
    assert np.array_equal(again(u)["output"], solution(u)["output"])
    single = again(u[0])["output"]
    assert single.shape == (96,)
    np.testing.assert_allclose(single, again(u)["output"][0], atol=1e-6)
    assert {"x", "input0", "output0", "output0_reference", "output2_reference"} <= set(alone.samples)
    assert (out / "comparison.png").stat().st_size > 10_000
    report = json.loads((out / "report.json").read_text())
    assert report["certificates"]["classical"]["points"] == 1024


def test_a_finished_run_is_returned(burgers):
    solution, out = burgers
    stored = sciml.solve(solution.problem, quick=True, max_steps=STEPS, out=out, resume=True)
    assert stored.stored is not None
    assert stored.metrics == solution.metrics


def test_inputs_unlike_the_training_set_are_flagged(burgers):
    solution, _ = burgers
    u = generate(solution.problem.data, 20, 64, 5).inputs[..., 0]
    known = torch.from_numpy(u).float()
    assert not solution.fields.outside(known).any()
    assert solution.fields.outside(10 * known).all()
    assert not solution.fields.outside(known + 100).any()  # the frame takes the mean away
    with pytest.warns(UserWarning, match="20 of 20 are unlike the training set"):
        solution(10 * u)


@pytest.mark.slow
def test_a_short_training_learns_a_linear_operator_too():
    problem = sciml.load_problem("heat-operator", model="fno", samples=256)
    solution = sciml.solve(problem, quick=True, max_steps=STEPS)
    assert solution.passed
    assert 1e-6 < solution.metrics["error_16n"] < 4e-3
    assert solution.metrics["ridge_error_16n"] < 1e-11
    assert "loses to ridge regression" in solution.message


@pytest.mark.parametrize("name", LINEAR)
def test_ridge_regression_finds_linear_operators(name):
    solution = sciml.solve(sciml.load_problem(name, model="ridge", samples=128), quick=True)
    assert solution.status is Status.CONVERGED
    assert solution.metrics["error"] == solution.metrics["ridge_error"] < 1e-10
    assert solution.metrics["error_16n"] < 1e-10
    assert solution.reference.kind == "analytic"
    assert solution.stats["steps"] == len(solution.history) == 0


@pytest.mark.parametrize(
    ("name", "parameters", "winner"),
    [
        *((name, {}, "ridge") for name in LINEAR),
        ("burgers-operator", {}, "ridge"),
        ("burgers-operator", {"nu": 0.01, "time": 5.0}, "ridge"),
        ("burgers-operator", {"nu": 0.01}, "spectral"),
        ("burgers-operator", {"model": "fno"}, "fno"),
    ],
)
def test_the_default_model_is_the_one_that_errs_least(name, parameters, winner):
    assert sciml.load_problem(name, **parameters).chosen == winner


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "heat-operator" else pytest.mark.slow) for name in LINEAR]
)
def test_every_problem_trains_a_network(name):
    """A few steps: the first loss is near one, the last is lower, and the report is whole."""
    solution = sciml.solve(sciml.load_problem(name, samples=64, model="galerkin"), quick=True, max_steps=20)
    losses = [row["loss"] for row in solution.history]
    assert 0.3 < losses[0] < 3
    assert min(losses[-5:]) < 0.7 * losses[0]
    assert solution.metrics["error"] < 0.8
    assert len(solution.samples["x"]) == (257 if name == "poisson-operator" else 256)


def test_outputs_of_poisson_vanish_at_both_ends():
    solution = sciml.solve(
        sciml.load_problem("poisson-operator", samples=64, model="galerkin"), quick=True, max_steps=5
    )
    x = np.linspace(0, 1, 129)
    out = solution(np.sin(np.pi * np.arange(1, 4)[:, None] * x))["output"]
    assert np.abs(out[:, [0, -1]]).max() < 1e-6 * np.abs(out).max()


def test_float64_is_used_where_asked_for(tmp_path):
    problem = sciml.load_problem("heat-operator", samples=64, model="deeponet")
    solution = sciml.solve(problem, quick=True, max_steps=3, dtype="float64")
    assert solution.fields.dtype == torch.float64
    again = sciml.load(solution.save(tmp_path / "run"), problem=problem)
    u = generate(problem.data, 2, 64, 5).inputs[..., 0]
    assert np.array_equal(again(u)["output"], solution(u)["output"])


@pytest.mark.parametrize(
    ("name", "bad", "line"),
    [
        ("burgers-operator", {"model": "galerkn"}, "did you mean 'galerkin'"),
        ("burgers-operator", {"nu": 0.0}, "nu"),
        ("burgers-operator", {"samples": 10}, "samples"),
        ("heat-operator", {"n": 20}, "expected a value ≥ 49"),
        ("poisson-operator", {"input_modes": 0}, "input_modes"),
    ],
)
def test_parameters_out_of_range_are_refused(name, bad, line):
    with pytest.raises(ArgumentError, match=line):
        sciml.load_problem(name, **bad)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters", "bound"),
    [
        ("burgers-operator", {}, 6e-6),
        ("burgers-operator", {"model": "spectral"}, 6e-5),
        ("burgers-operator", {"nu": 0.01}, 1e-3),
        *((name, {"model": "galerkin"}, 1e-3) for name in LINEAR),
    ],
)
def test_full_recipes(name, parameters, bound):
    solution = sciml.solve(sciml.load_problem(name, **parameters), seed=3)
    assert solution.passed
    assert solution.metrics["error_16n"] < bound
    assert abs(solution.metrics["growth"]) < 0.05

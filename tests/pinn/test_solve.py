"""The generic solve: how it ends and what it says, continuation, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.status import Status
from sciml.errors import FileError
from sciml.numerics.derivatives import sigmoid
from sciml.optim import LevenbergMarquardt
from sciml.pinn import Evidence, Scalar
from sciml.pinn.fields import rebuild
from sciml.pinn.train import Trainer, trained_values
from sciml.runs.running import run

F64 = torch.float64
Nagumo = type(sciml.load_problem("nagumo-front"))


@dataclass(frozen=True)
class Variant(Nagumo):
    """A front that compares with the right reference whatever it is called."""


class Broken(Variant):
    """NaN in the middle of the front only."""

    def growth(self, theta):
        return torch.where((theta > 0.3) & (theta < 0.7), torch.nan, super().growth(theta))


class Kinked(Variant):
    """Finite itself, with a derivative that is not."""

    def growth(self, theta):
        return super().growth(theta) + (0 * theta).sqrt()


class Frozen(Variant):
    """Without the rise of the start, a plateau at θ = a is found instead of a front."""

    def ansatz(self, raw, anchored, x, scalars):
        log_odds = raw[:, 0] - anchored.value[:, 0, 0]
        return {"theta": sigmoid(log_odds), "_z": log_odds}


class Reversed(Variant):
    """A front the wrong way round."""

    def ansatz(self, raw, anchored, x, scalars):
        return super().ansatz(-raw, anchored, -x, scalars)


class Easy(Variant):
    """Satisfied with its start."""

    def recipe(self, quick=False):
        return replace(super().recipe(quick), loss=1e3)


class Lax(Variant):
    """Any start passes its checks; only the doubt can tell that nothing was solved."""

    def recipe(self, quick=False):
        return replace(super().recipe(quick), loss=0.0, tolerance=1e9, field_tolerance=1e9)

    def certify(self, fields):
        return Evidence()


@dataclass(frozen=True)
class Stepwise(Variant):
    """Continuation in a; the guess of c differs from stage to stage."""

    @property
    def scalars(self):
        return {"c": Scalar(1.0 + self.a, positive=True)}

    def path(self) -> Sequence[Stepwise]:
        return tuple(replace(self, a=a) for a in (0.4, 0.3, self.a))


def solve(problem, monitor=None, **settings):
    return run(problem, Settings(**settings), monitor or Monitor())


def test_a_term_that_is_not_finite_is_named(tmp_path):
    solution = solve(Broken())
    assert solution.status is Status.NONFINITE
    assert solution.message.startswith("'front' not finite in ")
    assert "tail" not in solution.message
    assert solution.passed is False
    solution.save(tmp_path / "run")
    assert sciml.load(tmp_path / "run").status is Status.NONFINITE


def test_a_derivative_that_is_not_finite_is_named():
    solution = solve(Kinked())
    assert solution.status is Status.NONFINITE
    assert solution.message.startswith("the derivative of 'front'")


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Frozen(), "end, not"),
        (Reversed(), "theta does not rise"),
        (Easy(), "residual of"),
    ],
    ids=["frozen", "reversed", "unsolved"],
)
def test_what_is_no_front_is_invalid(problem, words):
    solution = solve(problem)
    assert solution.status is Status.INVALID
    assert "not a front" in solution.message
    assert words in solution.message
    assert solution.passed is False


def test_no_step_is_no_pass():
    untrained, trained = (solve(Lax(), max_steps=steps) for steps in (0, 1))
    assert untrained.compare().passed
    assert untrained.doubts == ("no step was made, so that this is where the solve began",)
    assert untrained.passed is False
    assert trained.doubts == ()
    assert trained.passed


def test_a_warm_start_that_is_the_answer_needs_no_step():
    problem = Variant()
    solved = solve(problem)
    monitor, settings = Monitor(), Settings(max_steps=0)
    again = run(problem, settings, monitor, lambda: problem.answer(settings, monitor, solved.fields))
    assert again.status is Status.CONVERGED
    assert again.doubts == ()
    other = replace(problem, a=0.3)
    moved = run(other, settings, monitor, lambda: other.answer(settings, monitor, solved.fields))
    assert moved.status is Status.MAX_STEPS
    assert moved.doubts


def test_steps_of_the_callers_own_run_out():
    solution = solve(Variant(), max_steps=2)
    assert solution.status is Status.MAX_STEPS
    assert "after 2 steps" in solution.message
    assert "so far not a front" in solution.message
    assert solution.stats["steps"] == len(solution.history) == 2


def test_time_runs_out():
    solution = solve(Variant(), Monitor(max_seconds=1e-9))
    assert solution.status is Status.MAX_STEPS
    assert "max_seconds = 1e-09 reached" in solution.message
    assert solution.history == ()


def test_interruption_keeps_the_last_state():
    monitor = Monitor(progress=lambda row: setattr(monitor, "interrupted", row["step"] == 3))
    solution = solve(Variant(), monitor)
    assert solution.status is Status.INTERRUPTED
    assert [row["step"] for row in solution.history] == [0, 1, 2, 3]
    assert solution.scalars["c"] == solution.history[-1]["c"]


def test_history_samples_and_stats():
    solution = solve(Variant(), quick=True)
    assert set(solution.history[0]) == {"step", "seconds", "loss", "c"}
    losses = [row["loss"] for row in solution.history]
    assert losses == sorted(losses, reverse=True)
    assert set(solution.samples) == {"x", "weights", "theta"}
    np.testing.assert_array_equal(solution.samples["x"], solution.reference.fields["theta"].x)
    np.testing.assert_array_equal(solution(solution.samples["x"])["theta"], solution.samples["theta"])


def test_the_seed_decides_every_bit():
    one, again, other = (solve(Variant(), seed=seed, quick=True) for seed in (1, 1, 2))
    assert one.scalars == again.scalars
    assert one.scalars != other.scalars


def test_continuation_starts_each_stage_from_the_last_answer():
    """The first row of a stage is close to the last one of the stage before, though the guess is not."""
    solution = solve(Stepwise(), quick=True)
    assert solution.status is Status.CONVERGED
    assert solution.passed
    c = np.array([row["c"] for row in solution.history])
    for a in (0.4, 0.3):
        assert np.abs(c - (1 - 2 * a) / 2**0.5).min() < 1e-5
    guess = 1.25
    assert np.abs(c[5:] - guess).min() > 0.5


def test_a_stage_keeps_scalars_and_network_where_nothing_is_trained():
    problem = Stepwise(a=0.2)
    network = problem.network(problem.recipe(), 0)
    before = [tensor.clone() for tensor in network.parameters()]
    trained = Trainer(problem.recipe(), LevenbergMarquardt(), Monitor()).train(
        problem, network, {"c": 0.123}, 0
    )
    assert trained_values(problem.scalars, trained.raw)["c"] == pytest.approx(0.123, rel=1e-15)
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


@pytest.fixture(scope="module")
def fields():
    return solve(Variant(), max_steps=3).fields


def test_jets_are_derivatives(fields):
    x = torch.linspace(-10, 10, 15, dtype=F64).requires_grad_()
    jet = fields.jet(x)["theta"]
    first = torch.autograd.grad(fields(x)["theta"].sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(first.sum(), x)[0]
    torch.testing.assert_close(jet.first, first, rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(jet.second, second, rtol=1e-10, atol=1e-11)


def test_fields_are_rebuilt_to_the_bit(fields):
    again = rebuild(Variant(), fields.spec, fields.tensors)
    x = torch.linspace(-20, 20, 9, dtype=F64)
    assert torch.equal(again(x)["theta"], fields(x)["theta"])
    assert again.scalars == fields.scalars


def test_fields_of_another_problem_are_refused(fields):
    with pytest.raises(FileError, match="weights.0 has shape"):
        rebuild(Variant(), {**fields.spec, "widths": [2, 16, 1]}, fields.tensors)
    with pytest.raises(FileError, match="inputs, outputs, scalars"):
        rebuild(Variant(), fields.spec, {**fields.tensors, "scalars": torch.zeros(2)})


def test_residuals_by_term(fields):
    found = fields.residuals(fields.problem.interval.quadrature(64))
    assert set(found) == {"front", "left tail", "right tail"}
    assert 0.5 * sum(norm**2 for norm in found.values()) == pytest.approx(
        solve(Variant(), max_steps=3).history[-1]["loss"], rel=1e-12
    )

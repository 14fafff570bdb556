"""Networks trained on the same pairs for the same CPU time, and the regressions beside them."""

from __future__ import annotations

import copy
import statistics
import time
from dataclasses import dataclass
from functools import cache

import operator_peers
import torch

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.operators.data import OperatorData, generate
from sciml.operators.frames.frame import Framed
from sciml.operators.judge import as_field, predict
from sciml.operators.learning import Task, inward, regression, train
from sciml.operators.losses import relative_l2
from sciml.operators.models.field import Field
from sciml.operators.precision import exact_matmul
from sciml.operators.problem import OperatorProblem
from sciml.operators.recipe import Seeds

TRIED = 30  # steps that say how many the CPU time allows
SPARE = 0.93  # of the CPU time is planned: steps on shared cores do not all take the same
FINE = 16  # times the points of the training grid
MOST = 40000  # steps


@dataclass(frozen=True)
class Case:
    """A bundled problem, as its name and parameters."""

    name: str
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def problem(self) -> OperatorProblem:
        return sciml.load_problem(self.name, **dict(self.parameters))  # type: ignore[return-value]

    @property
    def task(self) -> Task:
        problem = self.problem
        return Task(problem.recipe(), problem.frame, problem.symmetries, problem.linear)


@dataclass(frozen=True)
class Result:
    """Mean relative L2 errors on the training grid and on the fine one, steps and CPU seconds."""

    coarse: float
    fine: float
    points: int
    steps: int
    seconds: float

    @property
    def text(self) -> str:
        made = f"{self.steps} steps, " if self.steps else ""
        return f"{self.fine:.2e} ({made}{self.seconds:.2g} CPU s)"


@cache
def pairs(case: Case, seed: int) -> OperatorData:
    problem = case.problem
    return generate(problem.data, problem.samples, problem.n, Seeds.of(seed).data)


@cache
def tests(case: Case, seed: int, factor: int) -> OperatorData:
    problem, count = case.problem, case.task.recipe.tests
    return generate(problem.data, count, problem.points(factor), Seeds.of(seed).test)


def error(framed: Framed, case: Case, seed: int, factor: int, dtype: torch.dtype) -> float:
    field, outputs = as_field(tests(case, seed, factor), dtype, torch.device("cpu"))
    return float(relative_l2(predict(framed, field), outputs).mean())


def judged(framed: Framed, case: Case, seed: int, steps: int, seconds: float, dtype: torch.dtype) -> Result:
    errors = [error(framed.eval(), case, seed, factor, dtype) for factor in (1, FINE)]
    return Result(*errors, case.problem.points(FINE), steps, seconds)


@cache
def ridge(case: Case, seed: int = 0) -> Result:
    """The regression: linear, or with a kernel and symmetries."""
    learned = regression(case.task, pairs(case, seed))
    return judged(learned.fields.operator, case, seed, 0, learned.seconds, torch.float64)


@cache
def raced(case: Case, name: str, budget: float, seed: int = 0) -> Result:
    """A network trained for so many CPU seconds, the choice of their number included."""
    began, task = time.process_time(), operator_peers.tuned(name, case.task)
    operator = operator_peers.network(name, task, Seeds.of(seed).network)
    framed = Framed(operator, task.frame.build(), task.symmetries.reflect)
    both = scaled(framed, pairs(case, seed))
    with exact_matmul():
        each = seconds_a_step(framed, both, task, seed)
        left = SPARE * budget - (time.process_time() - began)
        steps = max(1, min(MOST, int(left / each)))
        train(framed, both, task, Settings(seed=seed, max_steps=steps), Monitor())
    return judged(framed, case, seed, steps, time.process_time() - began, torch.float32)


def scaled(framed: Framed, known: OperatorData) -> tuple[torch.Tensor, ...]:
    """Inputs and outputs in the frame; the network takes their means and sizes."""
    inner, target = inward(framed, known)
    assert isinstance(inner, Field)
    both = inner.values, target
    framed.operator.scale_to(*both, centred=not framed.reflect)  # type: ignore[operator]
    return both


def seconds_a_step(framed: Framed, both: tuple[torch.Tensor, ...], task: Task, seed: int) -> float:
    """CPU seconds of a step of a copy, after a few that warm up."""
    other = copy.deepcopy(framed)
    train(other, both, task, Settings(seed=seed, max_steps=3), Monitor())
    began = time.process_time()
    train(other, both, task, Settings(seed=seed, max_steps=TRIED), Monitor())
    return (time.process_time() - began) / TRIED


def seeds(case: Case, name: str, budget: float, count: int) -> list[Result]:
    return [raced(case, name, budget, seed) for seed in range(count)]


def middle(results: list[Result]) -> tuple[float, str]:
    """The median error on the fine grid."""
    value = statistics.median(result.fine for result in results)
    return value, f"n={results[0].points}: " + ", ".join(result.text for result in results)

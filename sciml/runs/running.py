"""Run a problem, and complete its answer to a solution: whose it is, its history, its times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields

import torch

from sciml.contracts.answer import Answer
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.errors import ArgumentTypeError
from sciml.runs.solution import Solution


def run(
    problem: AbstractProblem,
    settings: Settings,
    monitor: Monitor,
    compute: Callable[[], Answer] | None = None,
) -> Solution:
    """Return the solution of a problem by checked settings, its verdict consistent with its status.

    Args:
        problem: What to solve.
        settings: What the caller chose.
        monitor: Collects the history, and says when to stop.
        compute: Gives the answer in another way than `problem.run(settings, monitor)`.

    Raises:
        ArgumentTypeError: If `run` gives anything but an `Answer`.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    with seeded(settings.seed):
        answer = problem.run(settings, monitor) if compute is None else compute()
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if not isinstance(answer, Answer):
        raise ArgumentTypeError(
            f"{type(problem).__name__}.run: returned a {type(answer).__name__}, expected a sciml.Answer"
        )
    if monitor.earlier:
        seconds["earlier_wall_s"] = monitor.earlier  # of the session that was interrupted
    return _completed(answer, problem, settings, monitor, seconds).settled()


def _completed(
    answer: Answer,
    problem: AbstractProblem,
    settings: Settings,
    monitor: Monitor,
    seconds: dict[str, float],
) -> Solution:
    numbers = {item.name: getattr(answer, item.name) for item in fields(Answer)}
    numbers["stats"] = {"steps": len(monitor.rows), **answer.stats, **seconds}
    return Solution(
        **numbers,
        name=problem.name,
        kind=problem.kind,
        parameters=problem.parameters,
        seed=settings.seed,
        quick=settings.quick,
        start=problem.start_of(settings),
        history=tuple(monitor.rows),
        problem=problem,
    )


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's own generator for problems that use it, and put it back afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield

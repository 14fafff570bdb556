"""Solves of flames and fronts as the benchmarks see them: CPU seconds at every step, errors, the worst."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.runs.running import run

NEVER = float("inf")


@dataclass(frozen=True)
class Run:
    """A solve with the CPU seconds at every step, and its errors against the reference."""

    solution: sciml.Solution
    marks: tuple[tuple[float, float], ...]  # CPU seconds and the scalar
    seconds: float

    def error(self, name: str) -> float:
        """The error of a check; of a speed as such, not relative to it, where it is called c."""
        check = self.solution.compare().by_name()[name]
        return check.abs_error if name == "c" else check.error

    def until(self, error: float) -> float:
        """CPU seconds to the step from which on the scalar stays within `error`."""
        return stays_below(self.marks, self.solution.compare().scalars[0].reference, error)


def stays_below(marks: Iterable[tuple[float, float]], exact: float, error: float) -> float:
    seconds = NEVER
    for at, value in reversed(list(marks)):
        if not abs(value / exact - 1) <= error:
            break
        seconds = at
    return seconds


def solve(problem: AbstractProblem, seed: int) -> Run:
    began, marks = time.process_time(), []
    names = [name for name, scalar in problem.scalars.items() if scalar.trainable]

    def mark(row: dict[str, float]) -> None:
        marks.append((time.process_time() - began, row[names[0]] if names else float("nan")))

    solution = run(problem, Settings(seed=seed), Monitor(progress=mark))
    return Run(solution, tuple(marks), time.process_time() - began)


@cache
def warm_up() -> None:
    for name in ("premixed-flame", "zfk-flame"):
        sciml.solve(sciml.load_problem(name), max_steps=1)


@cache
def runs(name: str, parameters: tuple[tuple[str, float], ...], seeds: int) -> tuple[Run, ...]:
    warm_up()
    problem = sciml.load_problem(name, **dict(parameters))
    return tuple(solve(problem, seed) for seed in range(seeds))


def described(run: Run) -> str:
    given = [f"{k} {v:g}" for k, v in run.solution.parameters.items() if not isinstance(v, bool)]
    return ", ".join([*given, f"seed {run.solution.seed}"])


def worst(found: Iterable[Run], figure: Callable[[Run], float]) -> tuple[float, str]:
    found = list(found)
    bad = max(found, key=figure)
    values = [figure(run) for run in found]
    passed = sum(run.solution.passed is True for run in found)
    return max(values), (
        f"median {statistics.median(values):.2g} of {len(values)}, {passed} PASS; worst: {described(bad)}"
    )

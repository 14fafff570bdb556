"""Solve a problem from the answer to a similar one, and afresh where that leads nowhere."""

from __future__ import annotations

from dataclasses import replace

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.status import Status
from sciml.runs.running import run
from sciml.runs.solution import Solution


def solve_from(problem: AbstractProblem, before: Solution | None, settings: Settings) -> Solution:
    """Return the solution begun with the trained fields of the one `before`, where there is one.

    Where that does not converge, or does not pass, it is that of a fresh start; the CPU seconds are those of
    both.
    """
    if before is None or before.fields is None:
        return run(problem, settings, Monitor())
    fields, monitor = before.fields, Monitor()
    solution = run(problem, settings, monitor, lambda: problem.run_from(fields, settings, monitor))
    if solution.status is Status.CONVERGED:
        return solution
    afresh = run(problem, settings, Monitor())
    spent = solution.stats["cpu_s"] + afresh.stats["cpu_s"]
    return replace(afresh, stats={**afresh.stats, "cpu_s": spent})

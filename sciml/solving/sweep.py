"""Sweeps: one problem at many values of its parameters, each begun with the answer at the value before."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from sciml.arguments import check_count, check_flag
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.runs.continuation import solve_from
from sciml.runs.files import MANIFEST
from sciml.runs.solution import Solution
from sciml.solving.catalogue import load_problem
from sciml.solving.grid import checked_values, problems_over
from sciml.solving.settings import settings_for
from sciml.solving.swept import Sweep
from sciml.solving.target import Target, recorded, stored_run, target_for
from sciml.solving.user_file import file_of
from sciml.training.run_folder import run_folder

CHAIN = 8  # most problems that begin with one another's answers: as many chains can be solved at a time
Progress = Callable[[Solution], object]


@dataclass(frozen=True)
class Plan:
    """How each problem of a sweep is solved, and where it is kept."""

    settings: Settings
    warm: bool
    target: Target | None = None

    def chain(self, problems: Sequence[tuple[int, AbstractProblem]], told: Progress = id) -> list[Solution]:
        """Solve numbered problems in turn, each from the one before."""
        solutions: list[Solution] = []
        for index, problem in problems:
            before = solutions[-1] if self.warm and solutions else None
            solutions.append(self._stored(index, problem) or self._solved(index, problem, before))
            told(solutions[-1])
        return solutions

    def _stored(self, index: int, problem: AbstractProblem) -> Solution | None:
        if self.target is None or not self.target.resume:
            return None
        place = Target(folder_of(self.target.out, index), resume=True)
        return stored_run(place, problem, self.settings, None)

    def _solved(self, index: int, problem: AbstractProblem, before: Solution | None) -> Solution:
        solution = solve_from(problem, before, self.settings)
        if self.target is not None:
            made = {"command": self.target.command, "settings": recorded(self.settings, None)}
            solution.save(folder_of(self.target.out, index), {**made, "device": self.settings.device})
        return solution


def folder_of(out: Path, index: int) -> Path:
    """Return where the solution of a problem is kept: out/0000, and so on."""
    return out / f"{index:04d}"


def sweep(
    problem: AbstractProblem,
    over: Mapping[str, Iterable[Any]],
    *,
    jobs: int = 1,
    seed: int = 0,
    quick: bool = False,
    warm: bool = True,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: Progress = id,
) -> Sweep:
    """Return the solutions of `problem` at every combination of parameter values, each with its check.

    The values of the first parameter are gone through fastest, in chains of at most eight in which each
    problem begins with the answer before. Chains are solved by joblib, `jobs` at a time, so that a cluster
    takes them by its backend: `with joblib.parallel_config(backend="dask"): sciml.sweep(..., jobs=2)`. The
    answers do not depend on `jobs`.

    Args:
        problem: The problem whose other parameters are kept.
        over: Parameters with their values, such as `{"phi": [0.4, 0.45], "p_atm": [1.0, 1.2]}`.
        jobs: How many chains to solve at a time.
        seed: Seed of the first problem of a chain, and of every one without a warm start.
        quick: Use the small recipe.
        warm: Begin with the answer before, where the family can; afresh where that does not converge.
        out: Folder to keep the solutions in, each a run folder of its own, with one table and one picture.
        overwrite: Solve again into an existing folder.
        resume: Read what an existing folder holds already, and go on.
        progress: Called with each solution; with several jobs after each chain.

    Raises:
        ArgumentError: If a parameter, a value or a setting makes no sense, or the folder exists; nothing is
            solved then (also ArgumentTypeError).
        FileError: If the folder cannot be written.
    """
    settings = settings_for(problem, seed=seed, quick=quick)
    values = checked_values(type(problem), over)
    problems = problems_over(problem, values)
    plan = Plan(settings, check_flag("warm", warm), target_for(out, overwrite=overwrite, resume=resume))
    return carried_out(plan, problem.name, values, problems, check_count("jobs", jobs), progress)


def carried_out(
    plan: Plan,
    name: str,
    values: Mapping[str, tuple[Any, ...]],
    problems: Sequence[AbstractProblem],
    jobs: int = 1,
    progress: Progress = id,
) -> Sweep:
    """Solve checked problems, and keep their solutions, table and picture where the plan says."""
    target = plan.target
    held = (
        nullcontext()
        if target is None
        else run_folder(target.out, overwrite=target.overwrite, resume=target.resume)
    )
    with held:
        solutions = _solve_all(plan, _chains(problems, len(next(iter(values.values())))), jobs, progress)
        found = Sweep(name, dict(values), tuple(solutions))
        if target is not None:
            found.save(target.out, target.command)
            _drop_older(target.out, len(problems))
    return found


def _drop_older(out: Path, count: int) -> None:
    """Remove the solutions of a longer sweep that this one has taken the place of."""
    for folder in out.glob("[0-9][0-9][0-9][0-9]"):
        if int(folder.name) >= count and (folder / MANIFEST).is_file() and not folder.is_symlink():
            shutil.rmtree(folder)


def _chains(problems: Sequence[AbstractProblem], length: int) -> list[list[tuple[int, AbstractProblem]]]:
    """Return numbered problems in chains along the first parameter, even ones of at most `CHAIN`."""
    pieces = math.ceil(length / CHAIN)
    cuts = [round(k * length / pieces) for k in range(pieces + 1)]
    numbered = list(enumerate(problems))
    return [
        numbered[row + first : row + last]
        for row in range(0, len(problems), length)
        for first, last in pairwise(cuts)
    ]


def _solve_all(
    plan: Plan, chains: Sequence[Sequence[tuple[int, AbstractProblem]]], jobs: int, progress: Progress
) -> Iterator[Solution]:
    """Solve the chains here, or `jobs` of them at a time elsewhere, and give the solutions in order."""
    if jobs == 1:
        for chain in chains:
            yield from plan.chain(chain, progress)
        return
    from joblib import Parallel, delayed

    tasks = (
        delayed(_elsewhere)(plan, [(index, Parcel.of(each)) for index, each in chain]) for chain in chains
    )
    for solutions in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        for solution in solutions:
            progress(solution)
            yield solution


@dataclass(frozen=True)
class Parcel:
    """A problem on its way to a worker: itself, or the user's file that has its class and its parameters."""

    problem: AbstractProblem | None
    file: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: AbstractProblem) -> Parcel:
        """Return what a worker makes the problem of."""
        file = file_of(type(problem))
        return cls(problem) if file is None else cls(None, file, problem.parameters)

    def opened(self) -> AbstractProblem:
        """Return the problem."""
        return self.problem or load_problem(str(self.file), **self.parameters)


def _elsewhere(plan: Plan, chain: Sequence[tuple[int, Parcel]]) -> list[Solution]:
    return plan.chain([(index, parcel.opened()) for index, parcel in chain])

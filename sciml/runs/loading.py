"""Read a run folder back; nothing is ever unpickled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sciml.contracts.answer import Fields
from sciml.contracts.problem import AbstractProblem
from sciml.errors import FileError
from sciml.runs.arrays import read_arrays
from sciml.runs.described import describing, read_tensors
from sciml.runs.files import FIELDS, MODEL, REPORT, TENSORS, verify_checksums
from sciml.runs.reading import solution_of
from sciml.runs.solution import Solution
from sciml.runs.storage import read_json


def load(folder: str | Path, problem: AbstractProblem | None = None) -> Solution:
    """Read a run folder: scalars, sampled fields and checks; with `problem`, the trained functions too.

    Raises:
        FileError: If the folder or a file of it is missing, damaged, of a newer sciml, or of another problem.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileError(f"{folder}: no such folder; expected a run folder written by sciml")
    verify_checksums(folder)
    solution = solution_of(read_json(folder / REPORT))
    fields = None if problem is None else _rebuild(folder, solution, problem)
    return replace(solution, samples=read_arrays(folder / FIELDS), fields=fields, problem=problem)


def _rebuild(folder: Path, solution: Solution, problem: AbstractProblem) -> Fields:
    if (problem.kind, problem.name) != (solution.kind, solution.name):
        raise FileError(f"{folder}: holds a {solution.name!r}, got the problem {problem.name!r}")
    with describing("the solution of this problem", folder / MODEL):
        return problem.rebuild(read_json(folder / MODEL), read_tensors(folder / TENSORS))

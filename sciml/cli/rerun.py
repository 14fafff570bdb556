"""What it takes to make a run again: its problem and settings, and what is not as it was.

A folder names data by their path and their checksum, but never code: a user's file is given on the
command line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.cli.stored_run import StoredRun, versions_of
from sciml.errors import ArgumentError, FileError

if TYPE_CHECKING:
    from sciml.contracts.problem import AbstractProblem, Settings
    from sciml.solving.catalogue import ProblemSource

SETTINGS = "start", "method", "max_steps", "dtype"
APART = re.compile(r", (?![^(]*\))")  # a comma between the columns of a table, not inside of a range


def source_for(stored: StoredRun, file: Path | None) -> ProblemSource:
    """Return what is to be solved again, its parameters not yet set.

    Args:
        stored: The run.
        file: The user's problem file, or where the data are now; None for what the folder says.

    Raises:
        ArgumentError: If the run is of a user's file, and none is given or another.
        FileError: If the data are gone or have changed.
    """
    from sciml.solving.catalogue import ProblemSource, find_problem, problem_names

    solution = stored.solution
    owner = data_problem(stored)
    if owner is not None:
        path = _data(stored, file)
        return ProblemSource(path.stem, owner, path)
    if file is None and (stored.manifest.get("source") or solution.name not in problem_names()):
        raise ArgumentError(
            f"{stored.folder}: a run of {solution.name!r} from a file of the user's own; "
            "a folder names no code to run, so give the file: --file mine.py"
        )
    return find_problem(solution.name if file is None else file)


def data_problem(stored: StoredRun) -> type[AbstractProblem] | None:
    """Return the class of a problem that is a file of data; None for the others."""
    from sciml.operators.user import DataOperator
    from sciml.tables.user import UserTable

    names = stored.solution.parameters.keys()
    if stored.solution.kind == UserTable.kind and {"table", "sha256"} <= names:
        return UserTable
    if stored.solution.kind == DataOperator.kind and "data" in names:
        return DataOperator
    return None


def problem_for(stored: StoredRun, source: ProblemSource) -> AbstractProblem:
    """Return the problem with the parameters of the run."""
    from sciml.operators.user import DataOperator
    from sciml.tables.user import UserTable

    values = dict(stored.solution.parameters)
    if source.owner is UserTable and source.file is not None:
        return _table(source.file, values)
    if source.owner is DataOperator:
        return source.build(**{**values, "data": str(source.file)})
    problem = source.build(**values)
    if (problem.kind, problem.name) != (stored.solution.kind, stored.solution.name):
        raise ArgumentError(
            f"--file: {source.file} holds the problem {problem.name!r}, but {stored.folder} is a run of "
            f"{stored.solution.name!r}"
        )
    return problem


def settings_of(stored: StoredRun, problem: AbstractProblem) -> Settings:
    """Return the settings of the run, checked as if they had been typed."""
    from sciml.solving.settings import settings_for

    recorded = {"start": stored.solution.start, **stored.manifest.get("settings", {})}
    chosen = {name: recorded[name] for name in SETTINGS if name in recorded}
    device = stored.manifest.get("device") or "cpu"
    return settings_for(
        problem, seed=stored.solution.seed, quick=stored.solution.quick, device=device, **chosen
    )


def changes(stored: StoredRun, source: ProblemSource) -> list[str]:
    """Return in words what is not as it was: versions, threads, the user's file, what was not recorded."""
    from sciml.runs.report import versions
    from sciml.runs.threads import threads

    there: dict[str, Any] = {**versions_of(stored), "threads": stored.manifest.get("threads")}
    here: dict[str, Any] = {**versions(), "threads": threads()}
    differ = [
        f"{name}: {'not recorded' if there.get(name) is None else there[name]} there, {here[name]} here"
        for name in here
        if there.get(name) != here[name]
    ]
    return [*differ, *_unlike(stored, source), *_caveats(stored)]


def _unlike(stored: StoredRun, source: ProblemSource) -> list[str]:
    from sciml.runs.storage import checksum_of

    before = stored.manifest.get("source_sha256")
    if source.file is None or before is None or checksum_of(source.file) == before:
        return []
    return [f"{source.file}: is not the file as it was"]


def _caveats(stored: StoredRun) -> list[str]:
    """Return why a repetition may end elsewhere though nothing is wrong."""
    settings = stored.manifest.get("settings", {})
    said = {
        "settings: not recorded; the defaults are used": not settings,
        "max_seconds: a run that the clock stops cannot be repeated to the bit": settings.get("max_seconds"),
        "status: the run was interrupted, its repetition is not": stored.solution.status.value
        == "interrupted",
    }
    return [words for words, holds in said.items() if holds]


def _data(stored: StoredRun, file: Path | None) -> Path:
    """Return where the data of a run are, if they are still what they were."""
    values = stored.solution.parameters
    path = file or Path(str(stored.manifest.get("source") or values.get("table") or values.get("data")))
    before = stored.manifest.get("source_sha256") or values.get("sha256")
    if not path.is_file():
        raise FileError(f"{path}: the data of {stored.folder} are no longer there; name them with --file")
    if file is None and not before:
        raise ArgumentError(
            f"{stored.folder}: records no checksum of {path}, so it is not opened; name the data with --file"
        )
    _check_unchanged(path, before)
    return path


def _check_unchanged(path: Path, before: object) -> None:
    from sciml.runs.storage import checksum_of

    if before and checksum_of(path) != before:
        raise FileError(f"{path}: is not as it was when the run was made (its checksum differs)")


def _table(path: Path, values: Mapping[str, Any]) -> AbstractProblem:
    """Return the problem of a table; what is known of its columns is recorded as text."""
    from sciml.contracts.parameters import find_parameter
    from sciml.tables.user import UserTable

    columns = {
        name: APART.split(str(values[name])) for name in ("declared", "given", "drop") if name in values
    }
    left_out = {*columns, "table", "sha256"}
    options = {name: value for name, value in values.items() if name not in left_out}
    for name in options:
        find_parameter(UserTable, name)
    return UserTable.of(path, **columns, **options)

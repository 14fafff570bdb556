"""`sciml verify`: every bundled problem against its reference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sciml.cli.options import Quick
from sciml.cli.output import say
from sciml.cli.solve import solve_watched
from sciml.cli.verdict import WORDS, exit_code
from sciml.errors import FileError, ScimlError
from sciml.runs.writing import write_json

COLUMNS = "{:<24} {:<11} {:<15} {:>9}  {}"


def verify(
    quick: Quick = False,
    report: Annotated[Path | None, typer.Option(help="Write all the reports here, as JSON.")] = None,
) -> int:
    """Solve every bundled problem and hold it against its reference."""
    from sciml.solving.catalogue import problem_names

    if report is not None:
        _prepare(report)
    say(COLUMNS.format("problem", "result", "status", "seconds", "worst error (allowed)"))
    reports: dict[str, Any] = {}
    code = 0
    for name in problem_names():
        one, reports[name], stopped = _verify(name, quick)
        code = stopped or max(code, one)
        if stopped:
            break
    if report is not None:
        write_json(report, {"format_version": 1, "quick": quick, "passed": code == 0, "problems": reports})
    return code


def _prepare(path: Path) -> None:
    """Fail before the work, not after it, where the report cannot be written."""
    if path.is_dir():
        raise FileError(f"report: {path} is a directory, expected a file name")
    if not path.parent.is_dir():
        raise FileError(f"report: {path.parent} is no folder; make it first")


def _verify(name: str, quick: bool) -> tuple[int, Any, int | None]:
    """Solve one problem; return its exit code, its report, and the code of a signal that came."""
    from sciml.solving.catalogue import load_problem
    from sciml.solving.settings import settings_for

    try:
        problem = load_problem(name)
        solution, caught = solve_watched(problem, settings_for(problem, quick=quick), None, None, quiet=False)
        say(_line(name, solution))
    except ScimlError as error:
        say(COLUMNS.format(name, "ERROR", "-", "-", " ".join(str(error).split())))
        return error.exit_code, {"error": str(error), "passed": False}, None
    return exit_code(solution), solution.report, caught.code


def _line(name: str, solution: Any) -> str:  # noqa: ANN401
    worst = solution.compare().worst
    words = "" if worst is None else f"{worst.name} {worst.error:.1e} ({worst.allowed:.1e})"
    seconds = f"{solution.stats['wall_s']:.1f}"
    return COLUMNS.format(name, WORDS[solution.passed], solution.status.value, seconds, words)

"""`sciml verify`: every bundled problem against its reference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sciml.arguments import check_seed
from sciml.cli.options import Quick, Seed
from sciml.cli.output import check_place, say
from sciml.cli.solve import solve_watched
from sciml.cli.verdict import WORDS, exit_code
from sciml.errors import ScimlError
from sciml.runs.writing import write_json

COLUMNS = "{:<24} {:<11} {:<15} {:>9}  {}"


def verify(
    quick: Quick = False,
    seed: Seed = 0,
    report: Annotated[Path | None, typer.Option(help="Write all the reports here, as JSON.")] = None,
) -> int:
    """Solve every bundled problem and hold it against its reference."""
    from sciml.solving.catalogue import problem_names

    check_seed(seed)
    if report is not None:
        check_place(report, "report")
    say(COLUMNS.format("problem", "result", "status", "seconds", "worst error (allowed)"))
    reports: dict[str, Any] = {}
    code = 0
    for name in problem_names():
        one, reports[name], stopped = _verify(name, quick, seed)
        code = stopped or max(code, one)
        if stopped:
            break
    if report is not None:
        made = {"format_version": 1, "quick": quick, "seed": seed, "passed": code == 0}
        write_json(report, {**made, "problems": reports})
    return code


def _verify(name: str, quick: bool, seed: int) -> tuple[int, Any, int | None]:
    """Solve one problem; return its exit code, its report, and the code of a signal that came."""
    from sciml.solving.catalogue import load_problem
    from sciml.solving.settings import settings_for

    try:
        problem = load_problem(name)
        settings = settings_for(problem, seed=seed, quick=quick)
        solution, caught = solve_watched(problem, settings, None, None, quiet=False)
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

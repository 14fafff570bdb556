"""`sciml reproduce`: a run made again, and held against what its folder says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from sciml.arguments import check_max_seconds
from sciml.cli.agreement import Agreement, agreements
from sciml.cli.options import Quiet
from sciml.cli.output import say, table, visible
from sciml.cli.rerun import changes, problem_for, settings_of, source_for
from sciml.cli.solve import solve_watched
from sciml.cli.stored_run import StoredRun, read_run
from sciml.cli.verdict import FAILED, PASSED, pairs

if TYPE_CHECKING:
    from sciml.runs.solution import Solution
    from sciml.solving.catalogue import ProblemSource

HEAD = ("quantity", "there", "here", "difference", "allowed", "")
NOTE = "difference: relative, of a field in the L2 norm; allowed: what the quantity's check allows"


def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder; nothing is written to it.")],
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="Your problem file, or where the table or data are now."),
    ] = None,
    quiet: Quiet = False,
) -> int:
    """Make a run again as its folder records it, and say whether the numbers are the same."""
    stored = read_run(folder)
    source = source_for(stored, file)
    solution, code = solve_again(stored, source, quiet)
    if code is not None:
        return code
    results = agreements(stored.solution, solution)
    if not quiet:
        say(visible(comparison_text(stored, results, changes(stored, source))))
    return PASSED if all(item.agrees for item in results) else FAILED


def solve_again(stored: StoredRun, source: ProblemSource, quiet: bool) -> tuple[Solution, int | None]:
    """Return the run's repetition, by way of a folder of its own, and the code of a signal that came."""
    from sciml.runs.loading import load
    from sciml.solving.user_file import as_data_error

    seconds = check_max_seconds(stored.manifest.get("settings", {}).get("max_seconds"))
    with as_data_error(source.file), TemporaryDirectory(prefix="sciml-") as place:
        problem = problem_for(stored, source)
        solution, caught = solve_watched(problem, settings_of(stored, problem), None, seconds, quiet)
        return load(solution.save(Path(place) / "run")), caught.code


def comparison_text(stored: StoredRun, results: Sequence[Agreement], changed: Sequence[str]) -> str:
    """Return the quantities side by side, what is not as it was, and the result."""
    solution = stored.solution
    return "\n".join(
        [
            f"{solution.name} ({solution.kind}): {pairs(solution.parameters)}",
            table(HEAD, [_row(item) for item in results], "lrrrrl"),
            NOTE,
            *(f"not as it was: {line}" for line in changed),
            f"result: {outcome(results)}",
        ]
    )


def outcome(results: Sequence[Agreement]) -> str:
    """Return in words whether the numbers agree."""
    apart = [item.name for item in results if not item.agrees]
    if apart:
        return f"NOT REPRODUCED: {', '.join(apart)}"
    if all(item.same for item in results):
        return "reproduced to the last bit"
    worst = max(results, key=lambda item: item.gap)
    return f"reproduced within the checks' tolerances; largest difference {worst.gap:.1e} ({worst.name})"


def _row(item: Agreement) -> tuple[str, ...]:
    gap = "0" if item.same else f"{item.gap:.1e}"
    word = "same" if item.same else "agrees" if item.agrees else "DIFFERS"
    return (item.name, item.there, item.here, gap, f"{item.allowed:.1e}" if item.allowed else "", word)

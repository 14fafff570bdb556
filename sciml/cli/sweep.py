"""`sciml sweep`: solve a problem over values of its parameters, into one table and one picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sciml.cli.options import Given, Json, Out, Overwrite, Quick, Quiet, Resume, Seed
from sciml.cli.output import say, table, warn
from sciml.cli.solve import default_folder, parse_settings, split_settings
from sciml.cli.verdict import WORDS, as_json, exit_code, number, word

if TYPE_CHECKING:
    from sciml.runs.solution import Solution
    from sciml.solving.swept import Sweep


def sweep(
    context: typer.Context,
    problem: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py|POTENTIAL.csv", help="A bundled problem, or a file.")
    ],
    over: Annotated[
        list[str], typer.Option("--over", metavar="KEY=LOW:HIGH:N|A,B,C", help="Vary a parameter; repeat it.")
    ],
    given: Given = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="How many chains to solve at a time.")] = 1,
    quick: Quick = False,
    seed: Seed = 0,
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Solve a problem over values of its parameters, and keep each run, one table and one picture."""
    from sciml.arguments import check_count
    from sciml.contracts.parameters import find_parameter
    from sciml.solving.catalogue import find_problem
    from sciml.solving.grid import checked_values, problems_over, values_of
    from sciml.solving.outline import check_parameter_names
    from sciml.solving.settings import settings_for
    from sciml.solving.sweep import Plan, carried_out
    from sciml.solving.target import target_for
    from sciml.solving.user_file import as_data_error

    texts, varied = split_settings(given or []), split_settings(over, "--over", "key=low:high:n or key=a,b")
    check_parameter_names(problem, [*texts, *varied])
    source = find_problem(problem)
    wanted = {name: values_of(text, find_parameter(source.owner, name)) for name, text in varied.items()}
    values = checked_values(source.owner, wanted)
    first = {name: column[0] for name, column in values.items()}
    built = source.build(**{**parse_settings(source, texts), **first})
    problems = problems_over(built, values)
    settings = settings_for(built, seed=seed, quick=quick)
    folder = default_folder(f"{source.name}-sweep") if out is None else out
    target = target_for(folder, overwrite=overwrite, resume=resume, command=context.obj, source=source.file)
    told = _counting(list(values), len(problems)) if not quiet else id
    with as_data_error(source.file):
        found = carried_out(
            Plan(settings, True, target), built.name, values, problems, check_count("jobs", jobs), told
        )
    if json:
        say(as_json(found.report))
    elif not quiet:
        say(f"{summary(found)}\nfolder: {folder}")
    return max(exit_code(item, built.wants_verdict) for item in found.solutions)


def _counting(names: Sequence[str], total: int) -> Callable[[Solution], None]:
    """Return a function that says on standard error which of the solutions is there."""
    done = 0

    def told(solution: Solution) -> None:
        nonlocal done
        done += 1
        where = ", ".join(f"{name} {word(solution.parameters[name])}" for name in names)
        warn(f"{done}/{total}: {where}: {solution.status.value}, {WORDS[solution.passed]}")

    return told


def summary(found: Sweep) -> str:
    """Return the table of a sweep, a line a solution, and how many passed."""
    hidden = ("_reference",)
    rows = [{k: v for k, v in row.items() if not k.endswith(hidden)} for row in found.rows]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    units = found.report["units"]
    head = [f"{name} [{units[name]}]" if name in units else name for name in columns]
    cells = [[_cell(name, row.get(name)) for name in columns] for row in rows]
    passed = sum(row["passed"] is True for row in rows)
    return f"{table(head, cells)}\nresult: {passed} of {len(rows)} PASS, {found.cpu_s:.3g} CPU s"


def _cell(name: str, value: Any) -> str:  # noqa: ANN401
    if name == "passed":
        return WORDS[value]
    if name.endswith("_error") or name == "cpu_s":
        return f"{value:.2g}" if isinstance(value, float) else ""
    return number(value) if isinstance(value, float) else "" if value is None else str(value)

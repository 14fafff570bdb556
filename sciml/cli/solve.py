"""`sciml solve`: solve a problem, check the answer, keep both."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sciml.arguments import check_max_seconds, refusal
from sciml.cli.options import (
    Device,
    Dtype,
    Given,
    Json,
    MaxSeconds,
    MaxSteps,
    Out,
    Overwrite,
    Quick,
    Quiet,
    Resume,
    Seed,
)
from sciml.cli.output import say
from sciml.cli.progress import showing
from sciml.cli.verdict import as_json, exit_code, summary
from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError
from sciml.training.signals import Caught, quietly, watching

if TYPE_CHECKING:
    from sciml.contracts.problem import AbstractProblem, Settings
    from sciml.runs.solution import Solution
    from sciml.solving.catalogue import ProblemSource
    from sciml.solving.target import Target


def solve(
    context: typer.Context,
    problem: Annotated[
        str, typer.Argument(metavar="NAME|FILE.py|POTENTIAL.csv", help="A bundled problem, or a file.")
    ],
    given: Given = None,
    start: Annotated[
        str | None, typer.Option(help="Where the parameters begin, e.g. ritz or random.")
    ] = None,
    method: Annotated[str | None, typer.Option(help="The optimizer.")] = None,
    max_steps: MaxSteps = None,
    max_seconds: MaxSeconds = None,
    quick: Quick = False,
    seed: Seed = 0,
    dtype: Dtype = None,
    device: Device = "cpu",
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Solve a problem, print it beside its reference, and write the run folder."""
    from sciml.solving.catalogue import find_problem
    from sciml.solving.outline import check_parameter_names
    from sciml.solving.settings import settings_for
    from sciml.solving.target import target_for

    texts = split_settings(given or [])
    check_parameter_names(problem, list(texts))
    source = find_problem(problem)
    built = source.build(**parse_settings(source, texts))
    settings = settings_for(
        built,
        seed=seed,
        start=start,
        method=method,
        max_steps=max_steps,
        dtype=dtype,
        device=device,
        quick=quick,
    )
    folder = default_folder(source.name) if out is None else out
    target = target_for(folder, overwrite=overwrite, resume=resume, command=context.obj, source=source.file)
    return carry_out(built, settings, target, max_seconds, Shown(json, quiet))


@dataclass(frozen=True)
class Shown:
    """What is printed: the report as JSON, or nothing, or else progress and a table."""

    json: bool
    quiet: bool


def default_folder(name: str) -> Path:
    """Return where a run is kept that no --out was given for."""
    return Path("runs") / name


def carry_out(
    problem: AbstractProblem,
    settings: Settings,
    target: Target | None,
    max_seconds: float | None,
    shown: Shown,
) -> int:
    """Solve into a run folder, print what was asked for, and return the exit code."""
    from sciml.solving.user_file import as_data_error
    from sciml.training.distributed import leads

    quiet, json = shown.quiet or not leads(), shown.json and leads()
    seconds = check_max_seconds(max_seconds)
    with as_data_error(None if target is None else target.source):
        solution, caught = solve_watched(problem, settings, target, seconds, quiet)
    if json:
        say(as_json(solution.report))
    elif not quiet and target is not None:
        say(f"{summary(solution)}\nfolder: {target.out}")
    return exit_code(solution, problem.wants_verdict) if caught.code is None else caught.code


def split_settings(
    options: Sequence[str], option: str = "--set", form: str = "key=value, such as depth=20"
) -> dict[str, str]:
    """Return keys and values of `--set key=value` options, as text."""
    parts = [text.partition("=") for text in options]
    for text, (_, equals, _) in zip(options, parts, strict=True):
        if not equals:
            raise ArgumentError(refusal(option, text, form))
    return {key.strip(): value.strip() for key, _, value in parts}


def parse_settings(source: ProblemSource, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of parameters given as text, by the types that the problem declares."""
    from sciml.contracts.parameters import find_parameter

    return {key: find_parameter(source.owner, key).parse(text) for key, text in texts.items()}


def solve_watched(
    problem: AbstractProblem,
    settings: Settings,
    target: Target | None,
    max_seconds: float | None,
    quiet: bool,
) -> tuple[Solution, Caught]:
    """Solve while showing progress and listening for signals."""
    from sciml.solving.solve import fulfil

    total = problem.planned_steps(settings)
    with showing(problem.name, total, quiet) as progress:
        monitor = Monitor(max_seconds=max_seconds, progress=progress)
        with watching(monitor, quietly if quiet else _announce) as caught:
            return fulfil(problem, settings, monitor, target), caught


def _announce(_number: int) -> None:
    """Say that the signal was heard; by the bare descriptor, since a handler must not use buffers."""
    os.write(2, b"sciml: finishing this step, then saving; once more to leave at once\n")

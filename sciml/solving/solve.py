"""Solve a problem: check what was asked, run it, and keep the result."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from sciml.arguments import check_max_seconds, refusal
from sciml.contracts.monitor import Monitor, Progress, silent
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.status import Status
from sciml.errors import ArgumentTypeError, ScimlError
from sciml.runs.files import PICTURE, add_file
from sciml.runs.running import run
from sciml.runs.solution import Solution
from sciml.solving.settings import settings_for
from sciml.solving.target import Target, recorded, stored_run, target_for
from sciml.training.checkpoint import Checkpoints, checkpoints_in
from sciml.training.distributed import Team, joined
from sciml.training.run_folder import run_folder


def solve(
    problem: AbstractProblem,
    *,
    seed: int = 0,
    start: str | None = None,
    method: str | None = None,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str = "cpu",
    quick: bool = False,
    progress: Progress | None = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    resume: bool = False,
) -> Solution:
    """Solve `problem` and return the answer with its check; with `out`, keep it in that folder.

    Args:
        problem: What `sciml.load_problem` returns, or a problem of your own.
        seed: Seed of everything random: the same seed gives the same bits on the same machine.
        start: Where the parameters begin, one of `problem.starts`.
        method: The optimizer, one of `problem.methods`.
        max_steps: Most steps; the problem's recipe by default.
        max_seconds: Most wall seconds; none by default, since a run that the clock stops cannot be repeated.
        dtype: "float32" or "float64", or the torch.dtype; the family's choice by default.
        device: "cpu", "cuda", "cuda:1" or "mps".
        quick: Use the problem's small recipe.
        progress: Called with each row of the history.
        out: Run folder to write.
        overwrite: Replace the files of an existing folder, once the new ones are complete.
        resume: Return what the folder holds if it is finished; else go on from its last checkpoint, if any.

    Raises:
        ArgumentError: If an argument makes no sense, or if the folder exists (also ArgumentTypeError).
        FileError: If the folder cannot be written; this shows before the solve starts.
    """
    settings = settings_for(
        problem,
        seed=seed,
        start=start,
        method=method,
        max_steps=max_steps,
        dtype=dtype,
        device=device,
        quick=quick,
    )
    monitor = Monitor(max_seconds=check_max_seconds(max_seconds), progress=_progress(progress))
    return fulfil(problem, settings, monitor, target_for(out, overwrite=overwrite, resume=resume))


def fulfil(problem: AbstractProblem, settings: Settings, monitor: Monitor, target: Target | None) -> Solution:
    """Solve with checked arguments, and keep the result where `target` says; under torchrun, all together."""
    with joined(settings.device) as team:
        settings = replace(settings, device=team.device(settings.device))
        if target is None:
            return run(problem, settings, monitor)
        if team.rank > 0:
            return _follow(problem, settings, monitor, target, team)
        with run_folder(target.out, overwrite=target.overwrite, resume=target.resume) as folder:
            finished = target.resume and not checkpoints_in(folder)
            stored = stored_run(target, problem, settings, monitor.max_seconds) if finished else None
            team.first(lambda: float(stored is not None), settings.device)
            return stored or _run_into(folder, problem, settings, monitor, target)


def _follow(
    problem: AbstractProblem, settings: Settings, monitor: Monitor, target: Target, team: Team
) -> Solution:
    """Do what the first process does, but write nothing."""
    stored = team.first(lambda: 0.0, settings.device)
    solution = stored_run(target, problem, settings, monitor.max_seconds) if stored else None
    return solution or run(problem, settings, monitor)


def _run_into(
    folder: Path, problem: AbstractProblem, settings: Settings, monitor: Monitor, target: Target
) -> Solution:
    started = _now()
    checkpoints = Checkpoints(folder, _identity(problem, settings, target), target.resume)
    checkpoints.begin()
    monitor.keeper = checkpoints
    solution = run(problem, settings, monitor)
    solution.save(folder, _provenance(solution, settings, monitor, target, started))
    if solution.status is not Status.INTERRUPTED:
        checkpoints.remove()
    _draw(solution, folder)
    return solution


def _identity(problem: AbstractProblem, settings: Settings, target: Target) -> dict[str, Any]:
    """Return what a run must share with the checkpoint that it goes on from."""
    chosen = recorded(settings, None)
    del chosen["max_seconds"]  # a run may go on for longer
    place = {"seed": settings.seed, "device": settings.device.partition(":")[0]}
    source = None if target.source_sha256 is None else target.source_sha256[:12]
    return {"problem": problem.name, **chosen, **place, "source": source, **problem.parameters}


def _provenance(
    solution: Solution, settings: Settings, monitor: Monitor, target: Target, started: str
) -> dict[str, Any]:
    """Return what the manifest says of how the solution was made."""
    times: Mapping[str, Any] = {name: solution.stats[name] for name in ("wall_s", "cpu_s")}
    return {
        "command": target.command,
        "source": None if target.source is None else str(target.source.resolve()),
        "source_sha256": target.source_sha256,
        "settings": recorded(settings, monitor.max_seconds),
        "device": settings.device,
        "times": {"started": started, "finished": _now(), **times},
    }


def _draw(solution: Solution, folder: Path) -> None:
    """Add the picture, where the family has one."""
    try:
        from sciml.plot import comparison

        figure = comparison(solution)
    except (ScimlError, ImportError):
        return
    if figure is not None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        add_file(folder, PICTURE, buffer.getvalue())


def _progress(progress: Progress | None) -> Progress:
    if progress is not None and not callable(progress):
        raise ArgumentTypeError(refusal("progress", progress, "a function of one row, or None"))
    return progress or silent


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Where a solve is kept, and what an existing folder is worth to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sciml.arguments import check_flag, check_path
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.runs.files import MANIFEST, MODEL, REPORT
from sciml.runs.storage import checksum, plain, read_json

if TYPE_CHECKING:
    from sciml.runs.solution import Solution


@dataclass(frozen=True)
class Target:
    """Where a solve is kept, what to do if that exists, and by what command and file it was asked for."""

    out: Path
    overwrite: bool = False
    resume: bool = False
    command: str | None = None
    source: Path | None = None
    source_sha256: str | None = None


def target_for(
    out: str | os.PathLike[str] | None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    command: str | None = None,
    source: Path | None = None,
) -> Target | None:
    """Return where to keep a solve; None for nowhere."""
    check_flag("overwrite", overwrite)
    check_flag("resume", resume)
    if overwrite and resume:
        raise ArgumentError("overwrite, resume: got both, expected one at most")
    if out is None:
        if overwrite or resume:
            raise ArgumentError("out: got None with overwrite or resume, expected the folder they mean")
        return None
    folder = check_path("out", out, "the path of a folder")
    digest = None if source is None else checksum(source.read_bytes())
    return Target(folder, overwrite, resume, command, source, digest)


def stored_run(target: Target, problem: AbstractProblem, settings: Settings) -> Solution | None:
    """Return the finished result that the folder holds; None if there is none."""
    from sciml.runs.loading import load  # needs torch, which a mistyped command should not wait for

    folder = target.out
    if not (folder / REPORT).exists():
        return None
    solution = load(folder)
    differences = _differences(solution, problem, settings) or _other_source(target)
    if differences:
        raise ArgumentError(f"resume: {folder} holds another run ({differences}); choose another folder")
    if solution.status is Status.INTERRUPTED:
        return None
    return load(folder, problem) if (folder / MODEL).exists() else solution


def _differences(solution: Solution, problem: AbstractProblem, settings: Settings) -> str:
    """Return in words how a stored run differs from the one asked for; empty if it does not."""
    here = {"problem": problem.name, "seed": settings.seed, "quick": settings.quick, **problem.parameters}
    there = {
        "problem": solution.name,
        "seed": solution.seed,
        "quick": solution.quick,
        **solution.parameters,
    }
    return ", ".join(
        f"{name}: {there.get(name)} there, {here.get(name)} asked for"
        for name in {**here, **there}
        if plain(there.get(name)) != plain(here.get(name))
    )


def _other_source(target: Target) -> str:
    """Return in words that the user's file has changed since, where both versions are known."""
    path = target.out / MANIFEST
    before = read_json(path).get("source_sha256") if path.exists() else None
    recorded = before is not None and target.source_sha256 is not None
    return f"{target.source} has changed since" if recorded and before != target.source_sha256 else ""

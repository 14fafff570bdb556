"""Where a solve is kept, and what an existing folder is worth to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml.arguments import check_flag, check_path
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.runs.files import MANIFEST, MODEL, REPORT
from sciml.runs.storage import checksum_of, plain, read_json
from sciml.runs.writing import finish

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
    digest = None if source is None else checksum_of(source)
    return Target(folder, overwrite, resume, command, source, digest)


def recorded(settings: Settings, max_seconds: float | None) -> dict[str, Any]:
    """Return the settings as the manifest says them: plain values, the defaults as None."""
    chosen = {name: getattr(settings, name) for name in ("start", "method", "max_steps", "quick")}
    dtype = None if settings.dtype is None else str(settings.dtype).removeprefix("torch.")
    return {**chosen, "max_seconds": max_seconds, "dtype": dtype}


def stored_run(
    target: Target, problem: AbstractProblem, settings: Settings, max_seconds: float | None
) -> Solution | None:
    """Return the finished result that the folder holds; None if there is none.

    Raises:
        ArgumentError: If it is of another problem, seed, file or setting than is asked for.
    """
    from sciml.runs.loading import load  # needs torch, which a mistyped command should not wait for

    folder = target.out
    if not folder.exists():
        return None
    finish(folder)
    if not (folder / REPORT).exists():
        return None
    stored = load(folder)
    manifest = read_json(folder / MANIFEST) if (folder / MANIFEST).exists() else {}
    there, here = _identity(stored), _identity_of(problem, settings)
    if stored.status is not Status.INTERRUPTED:  # that one goes on, its checkpoint says as what
        there |= {"device": manifest.get("device"), **_settings_in(manifest), "start": stored.start}
        here |= {"device": settings.device, **recorded(settings, max_seconds)}
        here["start"] = problem.start_of(settings)
    differences = _differences(there, here) or _other_source(target, manifest)
    if differences:
        raise ArgumentError(f"resume: {folder} holds another run ({differences}); choose another folder")
    if stored.status is Status.INTERRUPTED:
        return None
    return load(folder, problem) if (folder / MODEL).exists() else stored


def _settings_in(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    settings = manifest.get("settings")
    return settings if isinstance(settings, dict) else {}


def _identity(stored: Solution) -> dict[str, Any]:
    return {"problem": stored.name, "seed": stored.seed, "quick": stored.quick, **stored.parameters}


def _identity_of(problem: AbstractProblem, settings: Settings) -> dict[str, Any]:
    return {"problem": problem.name, "seed": settings.seed, "quick": settings.quick, **problem.parameters}


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    """Return in words how a stored run differs from the one asked for; empty if it does not."""
    return ", ".join(
        f"{name}: {there.get(name)} there, {here.get(name)} asked for"
        for name in {**here, **there}
        if plain(there.get(name)) != plain(here.get(name))
    )


def _other_source(target: Target, manifest: Mapping[str, Any]) -> str:
    """Return in words that the user's file has changed since, where both versions are known."""
    before = manifest.get("source_sha256")
    known = before is not None and target.source_sha256 is not None
    return f"{target.source} has changed since" if known and before != target.source_sha256 else ""

"""A run folder read from its files alone: the answer, how it was made, and what else lies there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os.path import lexists
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from sciml.cli.verdict import pairs, word
from sciml.errors import FileError

if TYPE_CHECKING:
    from sciml.runs.solution import Solution

OBJECTS = ("settings", "versions", "times", "files")  # of the manifest
UNKNOWN = "not recorded"


@dataclass(frozen=True)
class StoredRun:
    """What a run folder holds; it was read only if every file listed in its manifest is unchanged.

    Attributes:
        folder: The folder.
        solution: The answer and its checks.
        report: The content of report.json.
        manifest: The content of manifest.json; empty where there is none.
    """

    folder: Path
    solution: Solution
    report: Mapping[str, Any]
    manifest: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One name in a run folder: its size where it is a file, and what is known of its content."""

    name: str
    bytes: int | None
    checksum: str


def read_run(folder: Path) -> StoredRun:
    """Return a run folder, or raise FileError where it is none or damaged."""
    from sciml.runs.files import MANIFEST, REPORT
    from sciml.runs.loading import load
    from sciml.runs.storage import read_json

    solution = load(folder)
    path = folder / MANIFEST
    manifest = read_json(path) if lexists(path) else {}
    for name in OBJECTS:
        if not isinstance(manifest.get(name, {}), dict):
            raise FileError(f"{path}: {name} is no JSON object; the file is damaged")
    return StoredRun(folder, solution, read_json(folder / REPORT), manifest)


def entries(stored: StoredRun) -> list[Entry]:
    """Return what lies in the folder, by name."""
    listed = stored.manifest.get("files", {})
    return [_entry(path, path.name in listed) for path in sorted(stored.folder.iterdir())]


def _entry(path: Path, listed: bool) -> Entry:
    """Describe a name; where a checksum is kept it holds, or the folder would not have been read."""
    if path.is_symlink() or not path.is_file():
        kind = "a link, not followed" if path.is_symlink() else "no plain file"
        return Entry(path.name, None, "a folder" if path.is_dir() and not path.is_symlink() else kind)
    return Entry(path.name, path.stat().st_size, "holds" if listed else "none kept")


def model_size(folder: Path) -> tuple[int, int] | None:
    """Return how many numbers in how many tensors the saved model has, constants included; None without."""
    import safetensors.torch as tensorfile
    from safetensors import SafetensorError

    from sciml.runs.files import TENSORS
    from sciml.runs.storage import read_bytes

    path = folder / TENSORS
    if not lexists(path):
        return None
    try:
        tensors = tensorfile.load(read_bytes(path))
    except (SafetensorError, ValueError, KeyError) as error:
        raise FileError(f"{path}: damaged ({error})") from None
    return sum(tensor.numel() for tensor in tensors.values()), len(tensors)


def provenance(stored: StoredRun) -> list[tuple[str, str]]:
    """Return in words how a run was made: command, seed, times, versions."""
    manifest, solution = stored.manifest, stored.solution
    return [
        ("command", _or_unknown(manifest.get("command"), "not recorded (made from Python)")),
        *([("file", _file(manifest))] if manifest.get("source") else []),
        ("seed", str(solution.seed)),
        ("recipe", "quick" if solution.quick else "full"),
        ("settings", _settings(stored)),
        ("started", _or_unknown(manifest.get("times", {}).get("started"))),
        ("finished", _or_unknown(manifest.get("times", {}).get("finished"))),
        ("time", f"{seconds(stored, 'wall_s')} by the clock, {seconds(stored, 'cpu_s')} of CPU"),
        ("device", f"{_or_unknown(manifest.get('device'))}, threads: {_or_unknown(manifest.get('threads'))}"),
        ("versions", pairs(versions_of(stored)) or UNKNOWN),
    ]


def versions_of(stored: StoredRun) -> dict[str, Any]:
    """Return the versions that a run was made with."""
    versions = stored.manifest.get("versions") or stored.report.get("versions")
    return versions if isinstance(versions, dict) else {}


def seconds(stored: StoredRun, name: str) -> str:
    """Return a time of the run."""
    value = stored.solution.stats.get(name)
    return "? s" if value is None else f"{word(value)} s"


def _settings(stored: StoredRun) -> str:
    """Return what was chosen for the run; the recipe stands in a line of its own."""
    settings = stored.manifest.get("settings", {})
    chosen = {name: value for name, value in settings.items() if value is not None and name != "quick"}
    start = {} if stored.solution.start is None else {"start": stored.solution.start}
    return pairs({**start, **chosen}) or "the defaults"


def _file(manifest: Mapping[str, Any]) -> str:
    """Return the name of the user's file, without where it lay, and the beginning of its checksum."""
    name, digest = PurePath(str(manifest["source"])).name, manifest.get("source_sha256")
    return f"{name} (SHA-256 {str(digest)[:12]}...)" if digest else name


def _or_unknown(value: object, otherwise: str = UNKNOWN) -> str:
    return otherwise if value is None else str(value)

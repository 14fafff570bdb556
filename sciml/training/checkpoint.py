"""Checkpoints in a run folder: whole or not there, with checksums, and refused where they do not belong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch as tensorfile
from safetensors import SafetensorError

from sciml.contracts.monitor import Snapshot
from sciml.errors import ArgumentError, FileError
from sciml.runs.storage import checksum, plain, read_bytes
from sciml.runs.writing import sweep, write_together
from sciml.training.snapshots import sealed, tensor_bytes, unsealed

FOLDER = "checkpoint"
SECONDS = 2.0  # between two checkpoints, at least
SHARE = 0.02  # of the time may go into writing them
KEPT = 2  # the newest, and the one before in case that is damaged
NAMED = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<step>\d{9})\.(json|safetensors)")


@dataclass
class Checkpoints:
    """Keeps the snapshots of a run in `out`/checkpoint.

    A checkpoint after k steps is NAME-k.safetensors with the tensors and NAME-k.json with the rest and the
    checksums of both. The JSON file is given its name last; one without it is not a checkpoint. The last
    two of each name stay.

    Attributes:
        out: The run folder.
        run: What the run is (problem, parameters, seed, …); another run's checkpoints are refused.
        resume: Whether to go on from what is there.
        seconds: Wall seconds between two checkpoints, at least; more where writing them would take more
            than a fiftieth of the time.
        steps: Steps between two checkpoints, instead of seconds.
    """

    out: Path
    run: Mapping[str, Any] = field(default_factory=dict)
    resume: bool = False
    seconds: float | None = None
    steps: int | None = None
    _next: float = field(default=0.0, init=False)
    _last: tuple[str, int] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._next = time.monotonic() + self._pause

    @property
    def folder(self) -> Path:
        """Where the checkpoints are."""
        return self.out / FOLDER

    @property
    def _pause(self) -> float:
        return SECONDS if self.seconds is None else self.seconds

    def due(self, step: int) -> bool:
        """Return whether enough steps or seconds have passed since the last checkpoint."""
        return step % self.steps == 0 if self.steps else time.monotonic() >= self._next

    def begin(self) -> None:
        """Remove what an earlier run left; where this one is to go on from it, refuse what it cannot use.

        Raises FileError if nothing could be written, and whatever `newest` raises.
        """
        if not self.resume:
            self.remove()
        with self._writing():
            write_together(self.folder, {})
        with suppress(OSError):
            self.folder.rmdir()
        for name in {name for name, _ in checkpoints_in(self.out)}:
            self.newest(name)

    def newest(self, name: str) -> Snapshot | None:
        """Return the last checkpoint of this name; None if there is none to go on from.

        Raises:
            FileError: If it is damaged or newer than this version; the message names the file, and the
                checkpoint before if that is whole.
            ArgumentError: If it is another run's; the message lists the differences.
        """
        steps = sorted((step for other, step in checkpoints_in(self.out) if other == name), reverse=True)
        if not steps or not self.resume:
            return None
        try:
            return self._read(name, steps[0])
        except FileError as error:
            raise FileError(f"{error}; {self._offer(name, steps)}") from None

    def _offer(self, name: str, steps: list[int]) -> str:
        """Return in words what there is to go on from instead of the newest."""
        for step in steps[1:]:
            with suppress(FileError):
                self._read(name, step)
                return (
                    f"that after step {step} is whole, delete {_stem(name, steps[0])}.json to go on from it"
                )
        return "there is no other; begin again with --overwrite"

    def _read(self, name: str, step: int) -> Snapshot:
        path = self.folder / f"{_stem(name, step)}.json"
        content = unsealed(path)
        self._refuse_others(content["run"])
        tensors = path.with_suffix(".safetensors")
        if tensors.is_file() and tensors.stat().st_size != content["bytes"]:
            raise FileError(f"{tensors}: has another length than {path.name} says; the file is damaged")
        data = read_bytes(tensors)
        if checksum(data) != content["sha256"]:
            raise FileError(f"{tensors}: its checksum differs from that in {path.name}; the file is damaged")
        try:
            return Snapshot(tensorfile.load(data), content["values"], str(tensors))
        except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
            raise FileError(f"{tensors}: not a safetensors file ({error})") from None

    def _refuse_others(self, there: Mapping[str, Any]) -> None:
        here = plain(self.run)
        differences = ", ".join(
            f"{name}: {there.get(name)} there, {here.get(name)} asked for"
            for name in {**here, **there}
            if there.get(name) != here.get(name)
        )
        if differences:
            raise ArgumentError(
                f"resume: {self.out} holds a checkpoint of another run ({differences}); choose another folder"
            )

    def keep(self, name: str, step: int, snapshot: Snapshot) -> None:
        """Write a checkpoint; the older ones go when it is complete."""
        if self._last == (name, step):
            return
        began, stem = time.monotonic(), _stem(name, step)
        tensors = tensor_bytes(snapshot.tensors)
        content = {"run": plain(self.run), "values": snapshot.values}
        content |= {"sha256": checksum(tensors), "bytes": len(tensors)}
        self._write({f"{stem}.safetensors": tensors, f"{stem}.json": sealed(content)}, name, step)
        self._last, now = (name, step), time.monotonic()
        self._next = now + max(self._pause, (now - began) * (1 / SHARE - 1))

    def _write(self, files: Mapping[str, bytes], name: str, step: int) -> None:
        earlier = {s for n, s in checkpoints_in(self.out) if n == name and s < step}
        past = sorted(earlier, reverse=True)[: KEPT - 1]
        with self._writing():
            sweep(self.folder)
            stale = [p.name for p in self.folder.iterdir() if _goes(p.name, name, past)]
            write_together(self.folder, files, drop=stale)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Have the folder there while open, and say in one line why it cannot be written."""
        try:
            self.folder.mkdir(exist_ok=True)
            yield
        except FileError:
            raise
        except OSError as error:
            raise FileError(
                f"checkpoint: cannot write to {self.folder} ({error.strerror}); the one before is "
                "untouched, make room and go on with --resume"
            ) from error

    def remove(self) -> None:
        """Remove all checkpoints, and their folder if nothing else is in it."""
        if self.folder.is_symlink() or not self.folder.is_dir():
            return
        with suppress(OSError):
            sweep(self.folder)
            for path in self.folder.iterdir():
                if NAMED.fullmatch(path.name):
                    path.unlink()
            self.folder.rmdir()


def checkpoints_in(out: Path) -> list[tuple[str, int]]:
    """Return name and step of every complete checkpoint in a run folder, by the names of its files."""
    folder = out / FOLDER
    if folder.is_symlink():
        raise FileError(f"{folder}: is a link, expected a folder written by sciml")
    if not folder.is_dir():
        return []
    matches = (NAMED.fullmatch(path.name) for path in folder.iterdir() if path.suffix == ".json")
    return [(match["name"], int(match["step"])) for match in matches if match]


def _goes(file: str, name: str, kept: list[int]) -> bool:
    """Whether a file is of a checkpoint of this name that is none of those kept."""
    match = NAMED.fullmatch(file)
    return match is not None and match["name"] == name and int(match["step"]) not in kept


def _stem(name: str, step: int) -> str:
    return f"{name}-{step:09d}"

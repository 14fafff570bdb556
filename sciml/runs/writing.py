"""Files that appear whole or not at all, alone or several together."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sciml.errors import FileError
from sciml.runs.storage import read_json, to_json

STAGE, COMPLETE, PLAN = ".saving-", ".saved", ".plan"


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` under a temporary name, flush it to disk, then give it its name."""
    with _stage(path.parent, {path.name: data}) as stage:
        os.replace(stage / path.name, path)
        flush_names(path.parent)


def write_together(folder: Path, files: Mapping[str, bytes], drop: Iterable[str] = ()) -> None:
    """Write several files of a folder so that all of them are there, or none.

    They are written and flushed in a stage, which one renaming completes. From then on they count: whoever
    opens the folder moves the rest of them to their places, in order. Before it they do not, and are swept
    away.

    Args:
        folder: The folder, which one process at a time writes to.
        files: Content by name.
        drop: Names to remove, those of `files` excepted.

    Raises:
        OSError: If it cannot be written; unless some files had their places already, the old ones stay.
    """
    finish(folder)
    plan = {"files": list(files), "drop": sorted(set(drop) - set(files))}
    with _stage(folder, {**files, PLAN: to_json(plan).encode()} if files else {}) as stage:
        if not files:
            return  # the stage has shown that the folder can be written to
        os.rename(stage, folder / COMPLETE)
        flush_names(folder)
    try:
        _finish(folder, folder / COMPLETE)
    except OSError:
        if all((folder / COMPLETE / name).exists() for name in files):
            shutil.rmtree(folder / COMPLETE, ignore_errors=True)
        raise


@contextmanager
def _stage(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """Give a folder of flushed files within `folder`, and remove what is left of it."""
    stage = Path(tempfile.mkdtemp(dir=folder, prefix=STAGE))
    try:
        for name, data in files.items():
            with (stage / name).open("wb") as file:
                _flushed(file, data)
        flush_names(stage)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def finish(folder: Path) -> None:
    """Give the files of a complete stage their places, where a process was killed before it could.

    Raises:
        FileError: If that cannot be written.
    """
    stage = folder / COMPLETE
    if stage.is_symlink() or not stage.is_dir():
        return
    try:
        _finish(folder, stage)
    except OSError as error:
        raise FileError(
            f"{folder}: was killed while it was saved, and what is complete cannot be put in its place "
            f"({error.strerror}); make the folder writable"
        ) from error


def _finish(folder: Path, stage: Path) -> None:
    plan = _plan(stage / PLAN)
    for name in plan["files"]:
        with suppress(FileNotFoundError):  # moved already, by this process or another that opened the folder
            os.replace(stage / name, folder / name)
    flush_names(folder)
    for name in plan["drop"]:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(stage, ignore_errors=True)


def _plan(path: Path) -> dict[str, list[str]]:
    """Return what a stage is for: plain names alone, whoever wrote them."""
    plan = read_json(path) if path.exists() else {}
    lists = {key: value if isinstance(value := plan.get(key), list) else [] for key in ("files", "drop")}
    return {key: [name for name in names if _plain_name(name)] for key, names in lists.items()}


def _plain_name(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..", PLAN) and name == Path(name).name


def sweep(folder: Path) -> None:
    """Finish or remove what a process that was killed while saving left behind."""
    finish(folder)
    for stage in folder.glob(f"{STAGE}*"):
        shutil.rmtree(stage, ignore_errors=True)


def flush_names(folder: Path) -> None:
    """Have the new names on disk, where the system can do that for a folder."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _flushed(file: Any, data: bytes) -> None:  # noqa: ANN401
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write `value` as strict JSON, in one piece."""
    write_bytes(path, to_json(value).encode())

"""The policy of run folders: none is overwritten unasked, none is shared, and trouble shows before work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sciml.errors import ArgumentError, FileError
from sciml.runs.writing import sweep

LOCK = ".lock"


@contextmanager
def run_folder(out: Path, *, overwrite: bool = False, resume: bool = False) -> Iterator[Path]:
    """Hold `out` for one run: created, writable and locked while open.

    A folder that this made and that stays empty is removed again.

    Raises:
        ArgumentError: If the folder exists and neither `overwrite` nor `resume` is given, or if
            another run holds it.
        FileError: If the folder cannot be made or written to.
    """
    claimed = _claim(out, overwrite or resume)
    try:
        with _locked(out):
            sweep(out)
            yield out
    finally:
        if claimed:
            with suppress(OSError):
                out.rmdir()


def _claim(out: Path, reuse: bool) -> bool:
    """Make the folder, and return whether it is new."""
    if out.is_dir() and not reuse:
        raise ArgumentError(
            f"out: {out} exists already; add --overwrite (overwrite=True) or --resume (resume=True), "
            "or choose another folder"
        )
    if out.is_dir():
        return False
    try:
        out.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(out, error) from error
    return True


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system drops with the process, so that none goes stale."""
    handle = _open(out)
    try:
        _hold(handle, out)
        try:
            yield
        finally:
            (out / LOCK).unlink(missing_ok=True)
    finally:
        os.close(handle)


def _open(out: Path) -> int:
    if (out / LOCK).is_symlink():
        raise FileError(f"out: {out / LOCK} is a link, expected a plain file or none; remove it")
    try:
        return os.open(out / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except OSError as error:
        raise _unwritable(out, error) from error


def _hold(handle: int, out: Path) -> None:
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink == 0:
            raise OSError("the run that held it has just removed it")
    except OSError:
        raise ArgumentError(
            f"out: another run is writing to {out}; wait for it, or choose another folder"
        ) from None


def _unwritable(out: Path, error: OSError) -> FileError:
    return FileError(
        f"out: cannot write to {out} ({error.strerror}); nothing was started, choose another folder"
    )

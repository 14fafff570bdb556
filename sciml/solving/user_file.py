"""Run a user's Python file, and say in one line what went wrong in it and where."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from sciml.errors import DataError, FileError, ScimlError

PREFIX = "_sciml_user_"  # of the modules that users' files become


def file_of(owner: type) -> Path | None:
    """Return the user's file that a class was made in; None for a class that can be imported."""
    name = owner.__module__
    file = sys.modules[name].__file__ if name.startswith(PREFIX) and name in sys.modules else None
    return None if file is None else Path(file).resolve()


def execute(path: Path) -> ModuleType:
    """Run a user's file as a module under a name that no other file shares.

    Raises:
        DataError: If the file raises an error; with the line.
        FileError: If it cannot be read.
    """
    unique = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = f"{PREFIX}{unique}"
    module = ModuleType(name)
    module.__file__ = str(path)
    with _registered(name, module), _one_line(path):
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
    return module


@contextmanager
def as_data_error(path: Path | None) -> Iterator[None]:
    """Turn an error that comes out of the user's file, if there is one, into a line that says where."""
    try:
        yield
    except ScimlError:
        raise
    except Exception as error:
        if path is None or not _lines(path, error):
            raise
        raise DataError(_line(path, error)) from error


@contextmanager
def _registered(name: str, module: ModuleType) -> Iterator[None]:
    """Put the module in `sys.modules`, where dataclasses look; take it out again if it fails."""
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    except BaseException:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before
        raise


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file is run into one line, with the line number where there is one."""
    try:
        yield
    except SyntaxError as error:
        raise DataError(f"{error.filename or path}, line {error.lineno}: {error.msg}") from error
    except OSError as error:
        if isinstance(error, ScimlError) or error.filename != str(path):
            raise DataError(_line(path, error)) from error
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error
    except (Exception, SystemExit) as error:
        raise DataError(_line(path, error)) from error


def _line(path: Path, error: BaseException) -> str:
    lines = _lines(path, error)
    place = f"{path}, line {lines[-1]}" if lines else str(path)
    return f"{place}: {type(error).__name__}: {error}"


def _lines(path: Path, error: BaseException) -> list[int | None]:
    """Return the lines of the file that the error passed through, the innermost last."""
    return [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]

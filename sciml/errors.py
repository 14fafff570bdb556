"""Errors a user can act on: each is one line, and each knows the exit code of the command line.

Every error is a `ScimlError`; those about an argument are also a `ValueError` or a `TypeError`, so that
code which knows nothing of this package catches what it expects.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ScimlError(Exception):
    """Base of everything raised on purpose by this package."""

    exit_code = 4


class ArgumentError(ScimlError, ValueError):
    """An argument, option or parameter has a value that makes no sense."""

    exit_code = 2


class ArgumentTypeError(ScimlError, TypeError):
    """An argument, option or parameter has the wrong type."""

    exit_code = 2


class DataError(ScimlError, ValueError):
    """A table, an array or a problem file cannot be used."""

    exit_code = 3


class FileError(ScimlError, OSError):
    """A file or folder is missing, damaged, hostile, too new, or cannot be written."""

    exit_code = 5


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence that offers the nearest of `known`, or lists them all.

    >>> did_you_mean("finite-wel", ["finite-well", "barrier"])
    "did you mean 'finite-well'?"
    >>> did_you_mean("le", ["Le", "beta"])
    "did you mean 'Le'?"
    >>> did_you_mean("zzz", ["a", "b"])
    'known: a, b'
    """
    names = sorted(known)
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(names)}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return which of `known` was probably meant; None where none is like `name`."""
    names = sorted(known)
    alike = [each for each in names if each.lower() == name.lower()]
    return next(iter(alike or get_close_matches(name, names, n=1)), None)

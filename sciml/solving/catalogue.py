"""Find problems: a bundled one by its name, or a user's own by the path of its file."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from sciml.contracts.parameters import find_parameter
from sciml.contracts.problem import AbstractProblem
from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError, did_you_mean
from sciml.solving.offer import Offer, offer_of
from sciml.solving.user_file import execute

PACKAGE = "sciml.problems"
POTENTIALS = (".csv", ".tsv", ".dat")  # files of a potential by its values


@dataclass(frozen=True)
class ProblemSource:
    """What a file offers: a problem class, or a ready-made problem.

    Attributes:
        name: The bundled name or the file's stem; what the default run folder is called.
        offer: The class, or the problem that is built already.
        file: The user's file; None for a bundled problem.
    """

    name: str
    offer: Offer
    file: Path | None = None

    @property
    def owner(self) -> type[AbstractProblem]:
        """The problem's class."""
        return self.offer if isinstance(self.offer, type) else type(self.offer)

    @property
    def purpose(self) -> str:
        """What the problem is, in one line."""
        return (inspect.getdoc(self.owner) or "").split("\n")[0]

    def build(self, **parameters: Any) -> AbstractProblem:  # noqa: ANN401
        """Return the problem with these parameters set; the others keep their values."""
        for name in parameters:
            find_parameter(self.owner, name)
        if isinstance(self.offer, type):
            return self.offer(**parameters)
        return replace(self.offer, **parameters) if parameters else self.offer


def problem_names() -> list[str]:
    """Return the names of the bundled problems."""
    files = bundled_folder().glob("[!_]*.py")
    return sorted(file.stem.replace("_", "-") for file in files)


def bundled_folder() -> Path:
    """Return the folder of the bundled problems: that of the very package which asks."""
    try:
        return Path(import_module(PACKAGE).__path__[0])
    except ModuleNotFoundError:
        raise FileError(f"{PACKAGE}: the bundled problems are missing; install sciml again") from None


def bundled_file(name: str) -> Path:
    """Return the source file of a bundled problem."""
    return bundled_folder() / f"{_stem(name)}.py"


def _stem(name: str) -> str:
    return name.replace("-", "_")


def load_problem(name_or_path: str | PathLike[str], **parameters: Any) -> AbstractProblem:  # noqa: ANN401
    """Return a bundled problem by name, or the one in a user's Python file, with parameters set.

    Args:
        name_or_path: A name that `problem_names` lists, with hyphens or underscores; or the path of a .py
            file that holds one `AbstractProblem` subclass, a module-level `problem`, or one problem under
            any name; or that of a .csv file of a potential, with a header such as `x [nm], V [eV]`.
        parameters: Values of the problem's parameters.

    Raises:
        ArgumentError: If the name or a parameter is unknown or out of range.
        DataError: If the file cannot be used.
        FileError: If there is no such file.
    """
    return find_problem(name_or_path).build(**parameters)


def find_problem(name_or_path: str | PathLike[str]) -> ProblemSource:
    """Return what a name or path refers to, its parameters not yet set."""
    if not isinstance(name_or_path, str | PathLike):
        raise ArgumentTypeError(f"problem: got {name_or_path!r}, expected a name or the path of a .py file")
    text = fspath(name_or_path)
    if isinstance(name_or_path, PathLike) or _looks_like_path(text):
        return _from_file(Path(text))
    return _from_name(text)


def _looks_like_path(text: str) -> bool:
    return text.endswith((".py", *POTENTIALS)) or "/" in text or "\\" in text


def bundled_name(name: str) -> str | None:
    """Return the name of the bundled problem that is meant, hyphens or underscores; None for no such one."""
    hyphenated = name.replace("_", "-")
    return hyphenated if hyphenated in problem_names() else None


def _from_name(text: str) -> ProblemSource:
    name = bundled_name(text)
    if name is None:
        nearest = did_you_mean(text, problem_names())
        raise ArgumentError(f"unknown problem {text!r}: {nearest}; a file of your own ends in .py")
    return ProblemSource(name, offer_of(import_module(f"{PACKAGE}.{_stem(name)}"), name))


def _from_file(path: Path) -> ProblemSource:
    if path.is_dir():
        raise FileError(f"{path}: is a directory, expected a Python file that holds a problem")
    if not path.exists():
        raise FileError(f"{path}: no such file, expected a Python file that holds a problem")
    if path.suffix.lower() in POTENTIALS:
        from sciml.quantum.tabulated import (
            read_potential,  # here, so that problems can be listed without torch
        )

        return ProblemSource(path.stem, read_potential(path), path)
    if path.suffix != ".py":
        raise DataError(f"{path}: expected a Python file ending in .py that holds a problem")
    return ProblemSource(path.stem, offer_of(execute(path), str(path)), path)

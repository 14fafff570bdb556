"""Find problems: a bundled one by its name, or a user's own by the path of its file."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import Field, dataclass, replace
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from sciml.contracts.parameters import find_parameter
from sciml.contracts.problem import AbstractProblem
from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError, ScimlError, did_you_mean

PACKAGE = "sciml.problems"


@dataclass(frozen=True)
class ProblemSource:
    """What a file offers: a problem class, or a ready-made problem.

    Attributes:
        name: The bundled name or the file's stem; what the default run folder is called.
        offer: The class, or the instance called `problem`.
        file: The user's file; None for a bundled problem.
    """

    name: str
    offer: type[AbstractProblem] | AbstractProblem
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
        name_or_path: A name that `problem_names` lists, or the path of a .py file that holds one
            `AbstractProblem` subclass or a module-level `problem`.
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
    return text.endswith(".py") or "/" in text or "\\" in text


def _from_name(name: str) -> ProblemSource:
    names = problem_names()
    if name not in names:
        raise ArgumentError(
            f"unknown problem {name!r}: {did_you_mean(name, names)}; a file of your own ends in .py"
        )
    return ProblemSource(name, _offered(import_module(f"{PACKAGE}.{_stem(name)}"), name))


def _from_file(path: Path) -> ProblemSource:
    if path.is_dir():
        raise FileError(f"{path}: is a directory, expected a Python file that holds a problem")
    if not path.exists():
        raise FileError(f"{path}: no such file, expected a Python file that holds a problem")
    if path.suffix != ".py":
        raise DataError(f"{path}: expected a Python file ending in .py that holds a problem")
    return ProblemSource(path.stem, _offered(_execute(path), str(path)), path)


def _execute(path: Path) -> ModuleType:
    """Run a user's file as a module under a name that no other file shares."""
    unique = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = f"_sciml_user_{unique}"
    module = ModuleType(name)
    module.__file__ = str(path)
    with _registered(name, module), _blaming(path):
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
    return module


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
def _blaming(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in a user's file into one line with the file and the line number."""
    try:
        yield
    except SyntaxError as error:
        raise DataError(f"{error.filename or path}, line {error.lineno}: {error.msg}") from error
    except OSError as error:
        if isinstance(error, ScimlError) or error.filename != str(path):
            raise DataError(_blame(path, error)) from error
        raise FileError(f"{path}: cannot be read ({error.strerror})") from error
    except (Exception, SystemExit) as error:
        raise DataError(_blame(path, error)) from error


def _blame(path: Path, error: BaseException) -> str:
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
    place = f"{path}, line {lines[-1]}" if lines else str(path)
    return f"{place}: {type(error).__name__}: {error}"


def _offered(module: ModuleType, where: str) -> type[AbstractProblem] | AbstractProblem:
    """Return the module's `problem`, or its only problem class."""
    ready = vars(module).get("problem")
    if isinstance(ready, AbstractProblem):
        return ready
    found = [item for item in dict.fromkeys(_classes(module)) if _is_problem(item, module)]
    if len(found) == 1:
        return _decorated(found[0], where)
    if found:
        names = ", ".join(item.__name__ for item in found)
        raise DataError(
            f"{where}: holds {len(found)} problem classes ({names}), expected one; "
            "choose by a module-level `problem = ...`"
        )
    raise DataError(_nothing(where, ready))


def _nothing(where: str, ready: object) -> str:
    wrong = "" if ready is None else f"its `problem` is a {type(ready).__name__}; "
    return (
        f"{where}: no problem found; {wrong}expected one subclass of sciml.AbstractProblem, "
        "or a module-level `problem`"
    )


def _classes(module: ModuleType) -> list[type]:
    return [item for item in vars(module).values() if isinstance(item, type)]


def _is_problem(item: type, module: ModuleType) -> bool:
    """Whether the class is a problem that can be built and was defined in this very module."""
    own = item.__module__ == module.__name__
    return own and issubclass(item, AbstractProblem) and not inspect.isabstract(item)


def _decorated(owner: type[AbstractProblem], where: str) -> type[AbstractProblem]:
    """Refuse a class whose parameters are not fields because `@dataclass` was forgotten."""
    if any(isinstance(value, Field) for value in vars(owner).values()):
        raise DataError(f"{where}: class {owner.__name__} has parameters but lacks @dataclass(frozen=True)")
    return owner

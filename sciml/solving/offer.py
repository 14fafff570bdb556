"""Which problem a Python file offers: a class, or a problem that is built already."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import Field
from types import ModuleType
from typing import TypeAlias, TypeVar

from sciml.contracts.problem import AbstractProblem
from sciml.errors import DataError

Offer: TypeAlias = type[AbstractProblem] | AbstractProblem
One = TypeVar("One", bound=Offer)
CHOOSE = "choose by a module-level `problem = ...`"


def offer_of(module: ModuleType, file: str) -> Offer:
    """Return the module's `problem`; else the only problem class it defines; else its only instance.

    Raises:
        DataError: If there is none, or if it is not clear which is meant.
    """
    ready = vars(module).get("problem")
    if isinstance(ready, AbstractProblem):
        return ready
    classes = _classes(module)
    if classes:
        return _decorated(_only([item.__name__ for item in classes], classes, "problem classes", file), file)
    instances = _instances(module)
    if instances:
        return _only(list(instances), list(instances.values()), "problems", file)
    raise DataError(_nothing(ready, file))


def _only(names: Sequence[str], offers: Sequence[One], what: str, file: str) -> One:
    if len(offers) > 1:
        raise DataError(f"{file}: holds {len(offers)} {what} ({', '.join(names)}), expected one; {CHOOSE}")
    return offers[0]


def _nothing(ready: object, file: str) -> str:
    wrong = "" if ready is None else f"its `problem` is a {type(ready).__name__}; "
    return (
        f"{file}: no problem found; {wrong}expected one subclass of sciml.AbstractProblem, "
        "or a module-level `problem`"
    )


def _classes(module: ModuleType) -> list[type[AbstractProblem]]:
    """Return the problem classes that can be built and were defined in this very module, each once."""
    own = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and item.__module__ == module.__name__
    ]
    problems = [item for item in own if issubclass(item, AbstractProblem) and not inspect.isabstract(item)]
    return list(dict.fromkeys(problems))


def _instances(module: ModuleType) -> dict[str, AbstractProblem]:
    """Return the problems that a module has built, by their first names, each once."""
    instances: dict[str, AbstractProblem] = {}
    for name, item in vars(module).items():
        if isinstance(item, AbstractProblem) and not any(item is other for other in instances.values()):
            instances[name] = item
    return instances


def _decorated(owner: type[AbstractProblem], file: str) -> type[AbstractProblem]:
    """Refuse a class whose parameters are not fields because `@dataclass` was forgotten."""
    if any(isinstance(value, Field) for value in vars(owner).values()):
        raise DataError(f"{file}: class {owner.__name__} has parameters but lacks @dataclass(frozen=True)")
    return owner

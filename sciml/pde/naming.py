"""Functions that are given what they name: coordinates, fields and scalars by their arguments' names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from sciml.arguments import refusal
from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean

T = TypeVar("T")


def called(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the function's value, its arguments taken by name from `values`.

    Raises:
        ArgumentError: If it has an argument that is not there; the nearest is offered.
    """
    names, rest = _arguments(getattr(function, "__func__", function), hasattr(function, "__self__"))
    for name in names:
        if name not in values:
            place = getattr(function, "__qualname__", "function")
            raise ArgumentError(f"{place}: unknown argument {name!r}: {did_you_mean(name, values)}")
    return function(**{name: value for name, value in values.items() if rest or name in names})


@lru_cache(maxsize=512)
def _arguments(function: Callable[..., Any], bound: bool) -> tuple[tuple[str, ...], bool]:
    """Return the names of the arguments, and whether it takes whatever else there is (`**others`)."""
    parameters = list(inspect.signature(function).parameters.values())[bound:]
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = tuple(item.name for item in parameters if item.kind in plain and item.default is item.empty)
    return names, any(item.kind is item.VAR_KEYWORD for item in parameters)


def named(result: Any, names: tuple[str, ...], what: str) -> dict[str, Any]:  # noqa: ANN401
    """Return a result by names: a mapping as it is, one value or a tuple by the names in their order.

    Raises:
        ArgumentTypeError: If the number of values is another.
    """
    if isinstance(result, Mapping):
        return dict(result)
    values = tuple(result) if isinstance(result, tuple | list) else (result,)
    if len(values) != len(names):
        expected = f"{len(names)} ({', '.join(names)})"
        raise ArgumentTypeError(refusal(what, f"{len(values)} values", expected, "or return them by name"))
    return dict(zip(names, values, strict=True))


def rows_by_name(result: Any, what: str) -> dict[str, Any]:  # noqa: ANN401
    """Return equations by name; those without one are numbered."""
    if isinstance(result, Mapping):
        return dict(result)
    values = tuple(result) if isinstance(result, tuple | list) else (result,)
    names = (what,) if len(values) == 1 else tuple(f"{what} {k}" for k in range(1, len(values) + 1))
    return dict(zip(names, values, strict=True))

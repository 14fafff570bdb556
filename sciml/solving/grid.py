"""The problems of a sweep: every combination of the values of some parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from sciml.arguments import refusal
from sciml.contracts.parameters import Parameter, find_parameter
from sciml.contracts.problem import AbstractProblem
from sciml.errors import ArgumentError, ArgumentTypeError

MOST = 10_000  # problems of one sweep
EXAMPLE = "over={'phi': [0.4, 0.5]}"


def checked_values(
    problem: type[AbstractProblem], over: Mapping[str, Iterable[Any]]
) -> dict[str, tuple[Any, ...]]:
    """Return the values of each parameter as a tuple of plain ones.

    Raises:
        ArgumentError: If there is no parameter, one is unknown, or it has no values or one twice.
        ArgumentTypeError: If `over` is no mapping of names to sequences.
    """
    if not isinstance(over, Mapping):
        raise ArgumentTypeError(refusal("over", over, f"parameters with their values, such as {EXAMPLE}"))
    if not over:
        raise ArgumentError(refusal("over", {}, f"at least one parameter, such as {EXAMPLE}"))
    values = {name: _values(find_parameter(problem, name).name, given) for name, given in over.items()}
    count = math.prod(len(column) for column in values.values())
    if count > MOST:
        raise ArgumentError(refusal("over", f"{count} problems", f"at most {MOST}", "take fewer values"))
    return values


def _values(name: str, given: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ArgumentTypeError(refusal(f"over[{name!r}]", given, "a sequence of values"))
    values = tuple(value.item() if isinstance(value, np.generic) else value for value in given)
    twice = [value for i, value in enumerate(values) if value in values[:i]]
    if twice or not values:
        got = f"{twice[0]!r} twice" if twice else "none"
        raise ArgumentError(f"over[{name!r}]: got {got}, expected at least one value, each once")
    return values


def problems_over(problem: AbstractProblem, values: Mapping[str, tuple[Any, ...]]) -> list[AbstractProblem]:
    """Return the problem with every combination of values, those of the first parameter varying fastest."""
    names = list(values)[::-1]
    combinations = product(*(values[name] for name in names))
    return [replace(problem, **dict(zip(names, each, strict=True))) for each in combinations]


def values_of(text: str, parameter: Parameter) -> tuple[Any, ...]:
    """Return the values written as LOW:HIGH:N, evenly spaced, or as A,B,C.

    >>> from sciml.contracts.parameters import Range
    >>> values_of("0.4:0.5:3", Parameter("phi", float, 0.4, Range("")))
    (0.4, 0.45, 0.5)
    """
    if ":" not in text:
        return tuple(parameter.parse(item.strip()) for item in text.split(",") if item.strip())
    expected = "LOW:HIGH:N, such as 0.6:0.9:13, or values by commas"
    try:
        low, high, count = text.split(":")
        ends, number = (float(low), float(high)), int(count)
    except ValueError:
        raise ArgumentTypeError(refusal(f"--over {parameter.name}", text, expected)) from None
    if not (2 <= number <= MOST and all(map(math.isfinite, ends)) and parameter.type in (int, float)):
        raise ArgumentError(refusal(f"--over {parameter.name}", text, f"{expected}, N from 2 to {MOST}"))
    spaced = [float(f"{value:.12g}") for value in np.linspace(*ends, number)]
    if parameter.type is float:
        return tuple(spaced)
    if any(value != round(value) for value in spaced):
        raise ArgumentError(refusal(f"--over {parameter.name}", text, "steps that meet whole numbers"))
    return tuple(int(value) for value in spaced)

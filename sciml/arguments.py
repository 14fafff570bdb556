"""Checks of plain arguments: each returns the value, or raises one line that says what was expected.

The wording is the same everywhere: «NAME: got X, expected Y; do Z».
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from sciml.errors import ArgumentError, ArgumentTypeError, nearest

LARGEST_SEED = 2**63 - 1  # torch's generators take no more
LONGEST_SHOWN = 60  # characters of a value in a line; an array would fill the screen


def refusal(name: str, value: object, expected: str, advice: str = "") -> str:
    """Return the line about an argument.

    >>> refusal("bins", 0, "at least 2", "leave it out for 8")
    'bins: got 0, expected at least 2; leave it out for 8'
    """
    return f"{name}: got {shown(value)}, expected {expected}" + (f"; {advice}" if advice else "")


def shown(value: object) -> str:
    """Return a value's representation in one line, cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def check_count(name: str, value: Any, least: int | None = 1, most: int | None = None) -> int:  # noqa: ANN401
    """Return `value`, a whole number from `least` to `most`; True and 1.0 are none.

    Raises:
        ArgumentTypeError: If it is no whole number.
        ArgumentError: If it is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ArgumentTypeError(refusal(name, value, "a whole number"))
    count = int(value)
    if (least is not None and count < least) or (most is not None and count > most):
        raise ArgumentError(refusal(name, count, f"a whole number{_span(least, most)}"))
    return count


def _span(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f" of at least {least}" if most is None else f" of at most {most}"


def check_number(
    name: str,
    value: Any,  # noqa: ANN401
    *,
    above: float = -math.inf,
    low: float = -math.inf,
    high: float = math.inf,
    below: float = math.inf,
    advice: str = "",
) -> float:
    """Return `value`, a finite number with above < value < below and low ≤ value ≤ high; True is none.

    Raises:
        ArgumentTypeError: If it is no real number.
        ArgumentError: If it is NaN, infinite or out of range.
    """
    bounds = {"above": above, "of at least": low, "of at most": high, "below": below}
    limits = " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if math.isfinite(bound))
    expected = f"a finite number {limits}".rstrip()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ArgumentTypeError(refusal(name, value, expected, advice))
    real = _as_float(value)
    if not (math.isfinite(real) and above < real < below and low <= real <= high):
        raise ArgumentError(refusal(name, value, expected, advice))
    return real


def _as_float(value: Real) -> float:
    """Return the nearest float, infinity where there is none: 10**400."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def check_flag(name: str, value: Any) -> bool:  # noqa: ANN401
    """Return `value`, True or False; else ArgumentTypeError."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(refusal(name, value, "True or False"))
    return value


def check_text(name: str, value: Any) -> str:  # noqa: ANN401
    """Return `value`, a text; else ArgumentTypeError."""
    if not isinstance(value, str):
        raise ArgumentTypeError(refusal(name, value, "a text"))
    return value


def check_choice(name: str, value: Any, choices: Sequence[str]) -> str:  # noqa: ANN401
    """Return `value`, one of `choices`; the nearest is offered.

    Raises:
        ArgumentTypeError: If it is no text.
        ArgumentError: If it is none of them.
    """
    expected = f"one of {', '.join(choices)}"
    if not isinstance(value, str):
        raise ArgumentTypeError(refusal(name, value, expected))
    if value not in choices:
        near = nearest(value, choices)
        raise ArgumentError(refusal(name, value, expected, f"did you mean {near!r}?" if near else ""))
    return value


def check_path(name: str, value: Any, what: str = "the path of a file") -> Path:  # noqa: ANN401
    """Return `value`, a path that is not empty; else ArgumentTypeError."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str) or not str(value):
        raise ArgumentTypeError(refusal(name, value, what))
    return Path(value)


def check_seed(value: Any, name: str = "seed") -> int:  # noqa: ANN401
    """Return `value`, a whole number from 0 up to what torch takes."""
    return check_count(name, value, 0, LARGEST_SEED)


def check_max_steps(value: Any) -> int | None:  # noqa: ANN401
    """Return `value`, None or a whole number; zero leaves the start as it is."""
    return None if value is None else check_count("max_steps", value, 0)


def check_max_seconds(value: Any) -> float | None:  # noqa: ANN401
    """Return `value`, None or a finite number above zero."""
    return None if value is None else check_number("max_seconds", value, above=0)

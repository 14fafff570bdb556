"""Checks of plain arguments, each one line to the user."""

from __future__ import annotations

import numpy as np

from sciml.errors import ArgumentError, ArgumentTypeError


def integer(name: str, value: object, least: int) -> int:
    """Return `value`, a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentTypeError(f"{name}: got {value!r}, expected a whole number")
    if value < least:
        raise ArgumentError(f"{name}: got {value}, expected at least {least}")
    return int(value)

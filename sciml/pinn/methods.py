"""The names by which a caller chooses an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sciml.errors import ArgumentError, did_you_mean
from sciml.optim import LBFGS, Adam, LevenbergMarquardt, SelfScaledBFGS, SelfScaledBroyden, Solver

METHODS: Mapping[str, Callable[..., Solver[Any]]] = {
    "lm": LevenbergMarquardt,
    "broyden": SelfScaledBroyden,
    "bfgs": SelfScaledBFGS,
    "lbfgs": LBFGS,
    "adam": Adam,
}


def solver(name: str, atol: float = 0.0) -> Solver[Any]:
    """Return an optimizer by name; it has converged where the loss is at most `atol`.

    Raises:
        ArgumentError: If the name is unknown; it offers the nearest one.

    >>> type(solver("lm")).__name__
    'LevenbergMarquardt'
    """
    if name not in METHODS:
        raise ArgumentError(f"unknown method {name!r}: {did_you_mean(name, METHODS)}")
    return METHODS[name](atol=atol)

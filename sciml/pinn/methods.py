"""The names by which a caller chooses an optimizer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from sciml.errors import ArgumentError, did_you_mean
from sciml.optim import LBFGS, Adam, Chain, LevenbergMarquardt, SelfScaledBFGS, SelfScaledBroyden, Solver

GAUSS_NEWTON_STEPS = 120  # of a chain, in which Levenberg–Marquardt makes its fast start


def lm_broyden(atol: float = 0.0) -> Solver[Any]:
    """Return Levenberg–Marquardt for its fast start, then self-scaled Broyden for its lower end."""
    end = SelfScaledBroyden(atol=atol)
    return Chain(((LevenbergMarquardt(atol=atol), GAUSS_NEWTON_STEPS), (end, sys.maxsize)))


METHODS: Mapping[str, Callable[..., Solver[Any]]] = {
    "lm": LevenbergMarquardt,
    "lm-broyden": lm_broyden,
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

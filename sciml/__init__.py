"""Scientific machine learning where every answer comes with its check.

Importing this package computes nothing and changes no global state; its parts load at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sciml._version import __version__

if TYPE_CHECKING:
    from sciml import flame, flows, optim, pinn, plot, quantum
    from sciml._bundled import load_problem, problem_names
    from sciml._solve import solve
    from sciml.checks import Check, Comparison, FieldCheck
    from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError, ScimlError
    from sciml.monitor import Monitor
    from sciml.parameters import parameter
    from sciml.problem import AbstractProblem, Recipe, Settings
    from sciml.reference import Measured, Reference, Sampled
    from sciml.saving import load
    from sciml.solution import Fields, Solution
    from sciml.status import Status

_PARTS = ("flame", "flows", "operators", "optim", "pinn", "plot", "problems", "quantum")

_HOMES = {
    "load_problem": "_bundled",
    "problem_names": "_bundled",
    "solve": "_solve",
    "Check": "checks",
    "Comparison": "checks",
    "FieldCheck": "checks",
    "ArgumentError": "errors",
    "ArgumentTypeError": "errors",
    "DataError": "errors",
    "FileError": "errors",
    "ScimlError": "errors",
    "Monitor": "monitor",
    "parameter": "parameters",
    "AbstractProblem": "problem",
    "Recipe": "problem",
    "Settings": "problem",
    "Measured": "reference",
    "Reference": "reference",
    "Sampled": "reference",
    "load": "saving",
    "Fields": "solution",
    "Solution": "solution",
    "Status": "status",
}

__all__ = [  # noqa: PLE0604
    "__version__",
    "flame",
    "flows",
    "optim",
    "pinn",
    "plot",
    "quantum",
    *_HOMES,
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _PARTS:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

"""Scientific machine learning where every answer comes with its check.

Importing this package computes nothing and changes no global state; its parts load at first use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sciml._version import __version__

if TYPE_CHECKING:
    from sciml import flame, flows, operators, optim, pde, pinn, plot, quantum, tables
    from sciml.contracts.answer import Answer, Fields
    from sciml.contracts.checks import Check, Comparison, FieldCheck
    from sciml.contracts.monitor import Monitor
    from sciml.contracts.parameters import parameter
    from sciml.contracts.problem import AbstractProblem, Recipe, Settings
    from sciml.contracts.reference import Measured, Reference, Sampled
    from sciml.contracts.status import Status
    from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError, ScimlError
    from sciml.numerics.derivatives import Jet
    from sciml.numerics.domains import Interval
    from sciml.runs.loading import load
    from sciml.runs.solution import Solution
    from sciml.solving.catalogue import load_problem, problem_names
    from sciml.solving.solve import solve
    from sciml.solving.sweep import sweep

_PARTS = ("flame", "flows", "operators", "optim", "pde", "pinn", "plot", "problems", "quantum", "tables")

_HOMES = {
    "load_problem": "solving.catalogue",
    "problem_names": "solving.catalogue",
    "solve": "solving.solve",
    "sweep": "solving.sweep",
    "Check": "contracts.checks",
    "Comparison": "contracts.checks",
    "FieldCheck": "contracts.checks",
    "ArgumentError": "errors",
    "ArgumentTypeError": "errors",
    "DataError": "errors",
    "FileError": "errors",
    "ScimlError": "errors",
    "Monitor": "contracts.monitor",
    "parameter": "contracts.parameters",
    "Interval": "numerics.domains",
    "Jet": "numerics.derivatives",
    "AbstractProblem": "contracts.problem",
    "Recipe": "contracts.problem",
    "Settings": "contracts.problem",
    "Measured": "contracts.reference",
    "Reference": "contracts.reference",
    "Sampled": "contracts.reference",
    "load": "runs.loading",
    "Answer": "contracts.answer",
    "Fields": "contracts.answer",
    "Solution": "runs.solution",
    "Status": "contracts.status",
}

__all__ = [
    "__version__",
    "flame",
    "flows",
    "operators",
    "optim",
    "pde",
    "pinn",
    "plot",
    "quantum",
    "tables",
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


def _import_problems_of_checkout() -> None:
    """Import the folder beside this package as `sciml.problems`; a wheel has it inside, where Python looks.

    Left to Python, the problems would be those of the installed checkout, whichever this package is from.
    """
    folder, name = Path(__file__).parents[1] / "problems", f"{__name__}.problems"
    if (Path(__file__).parent / "problems").is_dir() or not folder.is_dir():
        return
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is not None and spec.loader is not None:
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


_import_problems_of_checkout()

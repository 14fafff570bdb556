"""The commands: each is a file of this folder with a function of the same name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, get_type_hints

import typer

from sciml.cli.options import Debug

COMMANDS = ("problems", "solve", "sweep", "compare", "verify", "report", "inspect", "reproduce", "export")

# A group is a file with a function for each of its commands, and its HELP.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "flow": ("fit", "score", "sample", "compare_tables"),
    "operator": ("train", "predict", "check"),
}

Command = Callable[..., int]


def command(name: str, member: str | None = None) -> Command:
    """Return the function behind a command, or behind a member of a group."""
    return _debuggable(getattr(import_module(f"sciml.cli.{name}"), member or name))


def group(name: str) -> typer.Typer:
    """Return the application of a group of commands."""
    help_text = import_module(f"sciml.cli.{name}").HELP
    app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=help_text)
    for member in GROUPS[name]:
        app.command()(command(name, member))
    return app


def _debuggable(function: Command) -> Command:
    """Return the command with the option --debug, which is read where errors are shown."""

    @wraps(function)
    def with_option(*, debug: bool = False, **arguments: Any) -> int:  # noqa: ANN401, ARG001
        return function(**arguments)

    signature = inspect.signature(function)
    option = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug)
    hints = get_type_hints(function, include_extras=True)
    with_option.__annotations__ = {**hints, "debug": Debug}
    parameters = [
        item.replace(annotation=hints[item.name], kind=inspect.Parameter.KEYWORD_ONLY)
        for item in signature.parameters.values()
    ]
    with_option.__signature__ = signature.replace(parameters=[*parameters, option])  # type: ignore[attr-defined]
    return with_option

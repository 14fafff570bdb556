"""The command's entry: commands in, an exit code out, every error one line on stderr."""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from sciml._version import __version__
from sciml.cli.commands import COMMANDS, GROUPS, command, group
from sciml.cli.output import say, warn
from sciml.cli.right_form import right_form
from sciml.errors import FileError, ScimlError

USAGE, INTERNAL, INTERRUPTED = 2, 70, 130  # exit codes, as docs/contracts.md lists them


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command with `argv` (the process's own by default) and exit with its code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    leave(run(arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    try:
        typed = shlex.join(["sciml", *arguments])
        code = make_app()(args=list(arguments), prog_name="sciml", standalone_mode=False, obj=typed)
        return int(code or 0)
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in arguments:
            warn(traceback.format_exc().rstrip())
        message, code = explain(error, arguments)
        warn(f"sciml: {' '.join(message.split())}")
        return code


def leave(code: int) -> NoReturn:
    """End the process with this code.

    A failed process of several skips the interpreter's teardown: the threads of a connection whose other
    end died may still run, and destroying them aborts the process, which would hide the code.
    """
    if code and os.environ.get("WORLD_SIZE", "1") != "1":
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise SystemExit(code)


def explain(error: BaseException, arguments: Sequence[str] = ()) -> tuple[str, int]:
    """Return the one line and the exit code for an error that came of these arguments."""
    if isinstance(error, ScimlError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "interrupted", INTERRUPTED
    if hasattr(error, "format_message"):  # a usage error of typer, whichever class its version calls it
        return right_form(error, arguments) or f"{error.format_message()} (try 'sciml --help')", USAGE
    if isinstance(error, OSError):
        return f"{error.filename or 'file'}: {error.strerror or error}", FileError.exit_code
    return f"internal error: {type(error).__name__}: {error} (--debug shows where)", INTERNAL


def make_app() -> typer.Typer:
    """Return the application with all its commands."""
    app = typer.Typer(
        add_completion=False, no_args_is_help=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback(invoke_without_command=True)(options)
    for name in COMMANDS:
        app.command()(command(name))
    for name in GROUPS:
        app.add_typer(group(name), name=name)
    return app


def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Scientific machine learning where every answer comes with its check."""
    if version:
        say(f"sciml {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise typer.Exit

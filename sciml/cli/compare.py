"""`sciml compare`: the checks of finished runs, from their files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sciml.cli.output import say, visible
from sciml.cli.verdict import exit_code, summary


def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR [DIR ...]", help="Run folders.")],
) -> int:
    """Print ours, reference, error, tolerance and verdict of finished runs."""
    from sciml.runs.loading import load

    code = 0
    for folder in folders:
        solution = load(folder)
        say(visible(f"{folder}\n{summary(solution)}\n"))
        code = max(code, exit_code(solution))
    return code

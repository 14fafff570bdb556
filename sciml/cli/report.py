"""`sciml report`: runs as one HTML page, from their files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sciml.cli.output import say, visible, writing
from sciml.cli.page import page, tally
from sciml.cli.piping import piped
from sciml.cli.stored_run import read_run
from sciml.runs.writing import write_bytes


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR [DIR ...]", help="Run folders.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="HTML file; else standard output.")
    ] = None,
) -> int:
    """Write finished runs as one HTML page that needs no other file: summary, quantities, pictures."""
    runs = [read_run(folder) for folder in folders]
    text = page(runs)
    if output is None:
        with piped() as file:
            file.write(text)
        return 0
    with writing(output):
        write_bytes(output, text.encode())
    say(visible(f"wrote {output} ({tally(runs)})"))
    return 0

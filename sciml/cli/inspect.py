"""`sciml inspect`: all that a run folder holds, from its files alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sciml.cli.options import Debug, Json
from sciml.cli.output import say, table, visible
from sciml.cli.stored_run import Entry, Held, entries, made, model_size, read_run
from sciml.cli.verdict import as_json, summary


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    json: Json = False,
    debug: Debug = False,
) -> int:
    """Print what a run folder holds: the answer and its check, how it was made, the files."""
    held = read_run(folder)
    say(as_json(content(held)) if json else visible(page(held)))
    return 0


def content(held: Held) -> dict[str, Any]:
    """Return the folder as plain values: report, manifest, size of the model, files."""
    size = model_size(held.folder)
    return {
        "folder": str(held.folder),
        "report": held.report,
        "manifest": held.manifest or None,
        "model": None if size is None else {"parameters": size[0], "tensors": size[1]},
        "files": [asdict(entry) for entry in entries(held)],
    }


def page(held: Held) -> str:
    """Return the folder in words."""
    lines = made(held)
    labels = max(len(name) for name, _ in lines)
    return "\n".join(
        [
            f"run folder: {held.folder}",
            "",
            "what was found",
            summary(held.solution),
            "",
            "how it was made",
            *(f"{name.ljust(labels)}  {text}" for name, text in lines),
            f"{'model'.ljust(labels)}  {_model(held)}",
            "",
            "what lies there",
            table(("file", "bytes", "checksum"), [_row(entry) for entry in entries(held)], "lrl"),
            _legend(held),
        ]
    )


def _model(held: Held) -> str:
    size = model_size(held.folder)
    return "none kept" if size is None else f"{size[0]} parameters (constants included) in {size[1]} tensors"


def _row(entry: Entry) -> tuple[str, str, str]:
    return (entry.name, "" if entry.bytes is None else str(entry.bytes), entry.checksum)


def _legend(held: Held) -> str:
    if not held.manifest:
        return "there is no manifest.json: whether these files are as they were written cannot be told"
    return "holds: the file is as it was written, by the SHA-256 that manifest.json keeps of it"

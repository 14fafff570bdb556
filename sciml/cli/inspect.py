"""`sciml inspect`: all that a run folder holds, from its files alone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sciml.cli.options import Json
from sciml.cli.output import say, table, visible
from sciml.cli.stored_run import Entry, StoredRun, entries, model_size, provenance, read_run
from sciml.cli.verdict import as_json, summary


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    json: Json = False,
) -> int:
    """Print what a run folder holds: the answer and its check, how it was made, the files."""
    stored = read_run(folder)
    say(as_json(content(stored)) if json else visible(page(stored)))
    return 0


def content(stored: StoredRun) -> dict[str, Any]:
    """Return the folder as plain values: report, manifest, size of the model, files."""
    size = model_size(stored.folder)
    return {
        "folder": str(stored.folder),
        "report": stored.report,
        "manifest": stored.manifest or None,
        "model": None if size is None else {"parameters": size[0], "tensors": size[1]},
        "files": [asdict(entry) for entry in entries(stored)],
    }


def page(stored: StoredRun) -> str:
    """Return the folder in words."""
    lines = provenance(stored)
    labels = max(len(name) for name, _ in lines)
    return "\n".join(
        [
            f"run folder: {stored.folder}",
            "",
            "what was found",
            summary(stored.solution),
            "",
            "how it was made",
            *(f"{name.ljust(labels)}  {text}" for name, text in lines),
            f"{'model'.ljust(labels)}  {_model(stored)}",
            "",
            "what lies there",
            table(("file", "bytes", "checksum"), [_row(entry) for entry in entries(stored)], "lrl"),
            _legend(stored),
        ]
    )


def _model(stored: StoredRun) -> str:
    size = model_size(stored.folder)
    return "none kept" if size is None else f"{size[0]} parameters (constants included) in {size[1]} tensors"


def _row(entry: Entry) -> tuple[str, str, str]:
    return (entry.name, "" if entry.bytes is None else str(entry.bytes), entry.checksum)


def _legend(stored: StoredRun) -> str:
    if not stored.manifest:
        return "there is no manifest.json: whether these files are as they were written cannot be told"
    return "holds: the file is as it was written, by the SHA-256 that manifest.json keeps of it"

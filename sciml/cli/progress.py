"""Progress on standard error: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sciml.cli.output import warn, write
from sciml.contracts.monitor import Progress, Row, silent
from sciml.training.progress import Every, bar, describe

BAR_SECONDS, LINE_SECONDS = 0.1, 5.0  # between two looks: smooth to the eye; short enough a log
ERASE = "\r\x1b[K"


@contextmanager
def showing(label: str, total: int, quiet: bool = False) -> Iterator[Progress]:
    """Give a function that shows rows of the history; `total` is the expected number of steps, or 0."""
    if quiet:
        yield silent
    elif sys.stderr is not None and sys.stderr.isatty():
        yield from _bar(label, total)
    else:
        yield Every(LINE_SECONDS, lambda row: warn(f"{label}: {describe(row, total)}"))


def _bar(label: str, total: int) -> Iterator[Progress]:
    def show(row: Row) -> None:
        write(sys.stderr, f"{ERASE}{label} {bar(row, total)}")

    write(sys.stderr, f"{label} ...")
    try:
        yield Every(BAR_SECONDS, show)
    finally:
        write(sys.stderr, ERASE)

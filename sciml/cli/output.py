"""Text to the terminal, a pipe or a file, whatever it can take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

from sciml.errors import FileError

PLAIN = str.maketrans(
    {
        "≥": ">=", "≤": "<=", "±": "+-", "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "…": "...",
        "‖": "|", "∫": "int ", "²": "^2", "³": "^3", "½": "1/2", "√": "sqrt", "∂": "d", "ħ": "hbar",
        "ψ": "psi", "φ": "phi", "ω": "omega", "λ": "lambda", "π": "pi", "∞": "inf", "Å": "Angstrom",
    }
)  # fmt: skip


def say(text: str) -> None:
    """Write a line to standard output."""
    write(sys.stdout, f"{text}\n")


def warn(text: str) -> None:
    """Write a line to standard error."""
    write(sys.stderr, f"{text}\n")


def write(stream: TextIO | None, text: str) -> None:
    """Write and flush; a reader that has gone away is no error, and no character is."""
    if stream is None:
        return
    try:
        stream.write(encodable(text, stream.encoding or "ascii"))
        stream.flush()
    except BrokenPipeError:
        discard(stream)


def encodable(text: str, encoding: str) -> str:
    """Return `text` with what `encoding` lacks spelled out.

    >>> encodable("depth ≥ 0, ψ", "ascii")
    'depth >= 0, psi'
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def visible(text: str) -> str:
    r"""Return `text` from a file with what is no character to look at spelled out: nothing moves the cursor.

    >>> visible("a\x1b[2J")
    'a\\x1b[2J'
    """
    return "".join(c if c == "\n" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the disk into one line about the output."""
    try:
        yield
    except OSError as error:
        raise FileError(f"output: cannot write {path} ({error.strerror})") from error


def check_place(path: Path, name: str = "output") -> None:
    """Refuse a file that cannot be written, before the work that it is for.

    Raises:
        FileError: If it is a directory, or in a folder that is none or takes no file.
    """
    if path.is_dir():
        raise FileError(f"{name}: {path} is a directory, expected a file name")
    if not path.parent.is_dir():
        raise FileError(f"{name}: {path.parent} is no folder; make it first")
    try:
        with TemporaryFile(dir=path.parent):
            return
    except OSError as error:
        raise FileError(f"{name}: cannot write to {path.parent} ({error.strerror})") from error


def discard(stream: TextIO) -> None:
    """Send the rest nowhere, so that closing the stream at exit does not fail either."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> str:
    """Return rows in columns; those columns whose letter in `right` is "r" are aligned to the right.

    >>> print(table(["a", "bb"], [["x", "1"], ["yy", "22"]], "lr"))
    a   bb
    x    1
    yy  22
    """
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return "\n".join(_line(row, widths, right) for row in (head, *rows))


def _line(row: Sequence[str], widths: Sequence[int], right: str) -> str:
    sides = right.ljust(len(widths), "l")
    cells = [
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(row, widths, sides, strict=True)
    ]
    return "  ".join(cells).rstrip()

"""Data on standard output: UTF-8 whatever the locale, and no further once the reader has gone."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from sciml.cli.output import discard


class Piped(io.TextIOBase):
    """Standard output as a text file in UTF-8."""

    def writable(self) -> bool:
        """Whether it can be written to: yes."""
        return True

    def write(self, text: str) -> int:
        """Write and flush; BrokenPipeError where nobody reads any more."""
        if sys.stdout is not None:
            below = getattr(sys.stdout, "buffer", None)
            if below is None:
                sys.stdout.write(text)
            else:
                sys.stdout.flush()
                below.write(text.encode())
            sys.stdout.flush()
        return len(text)


@contextmanager
def piped() -> Iterator[IO[str]]:
    """Give standard output for data; a reader that goes away ends the block, and is no error."""
    try:
        yield cast(IO[str], Piped())
    except BrokenPipeError:
        if sys.stdout is not None:
            discard(sys.stdout)

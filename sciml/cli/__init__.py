"""The `sciml` command: the only code that prints."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
IMPORTING = "<frozen importlib"  # in the name of the file of every frame that imports


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command with `argv` (the process's own by default) and exit with its code.

    A process of our own computes on one thread unless OMP_NUM_THREADS says otherwise: the matrices of these
    problems are too small for more to pay, and several threads on a busy machine wait for each other. That
    is settled before anything that computes is imported, since every pool reads it then.
    """
    if argv is None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        signal.signal(signal.SIGINT, interrupted)
    from sciml.cli.app import main as start

    start(argv)


def interrupted(_number: int, frame: FrameType | None) -> None:
    """Leave at once where something is being imported, which may not survive an exception; else raise one."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTING):
            os.write(2, b"sciml: interrupted\n")
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt

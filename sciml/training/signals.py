"""Let Ctrl-C and SIGTERM end a run in good order: finish the step, save, leave."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from sciml.contracts.monitor import Monitor

WATCHED = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Caught:
    """The last signal that came, if any; `code` is the exit code that tells of it."""

    number: int | None = None

    @property
    def code(self) -> int | None:
        """128 plus the signal's number: 130 for SIGINT, 143 for SIGTERM."""
        return None if self.number is None else 128 + self.number


def quietly(number: int) -> None:
    """Say nothing when a signal comes."""


@contextmanager
def watching(monitor: Monitor, notify: Callable[[int], None] = quietly) -> Iterator[Caught]:
    """While open, a first signal sets `monitor.interrupted`; a second one leaves at once.

    Handlers are those of the process, so they are installed in the main thread only, and put back at the
    end. The second SIGINT raises KeyboardInterrupt, the second SIGTERM SystemExit(143).
    """
    caught = Caught()

    def handle(number: int, _frame: FrameType | None) -> None:
        if caught.number is not None:
            _leave(number)
        caught.number = number
        monitor.interrupted = True
        notify(number)

    with _handling(handle):
        yield caught


def _leave(number: int) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


@contextmanager
def _handling(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in WATCHED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""What watches a running solve: it keeps the history, shows progress, and says when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

Row = dict[str, float]
Progress = Callable[[Row], None]


def silent(row: Row) -> None:
    """Show nothing."""


@dataclass
class Monitor:
    """Collects one row a step and carries the wish to stop.

    `max_seconds` is wall time from construction. Whoever handles signals sets `interrupted`; the solver
    asks `stop` after each step and leaves with its last finite state.
    """

    max_seconds: float | None = None
    progress: Progress = silent
    interrupted: bool = False
    rows: list[Row] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Wall seconds since the start."""
        return time.monotonic() - self.began

    @property
    def out_of_time(self) -> bool:
        """Whether `max_seconds` have passed."""
        return self.max_seconds is not None and self.seconds >= self.max_seconds

    @property
    def stop(self) -> bool:
        """Whether the solver should finish its step and leave."""
        return self.interrupted or self.out_of_time

    def record(self, loss: float, **values: float) -> bool:
        """Add a row of the history, show it, and return whether to stop."""
        row = {"step": float(len(self.rows)), "seconds": self.seconds, "loss": loss, **values}
        self.rows.append(row)
        self.progress(row)
        return self.stop

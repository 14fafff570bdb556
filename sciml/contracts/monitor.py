"""What watches a running solve: it keeps the history, shows progress, and says when to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor

Row = dict[str, float]
Progress = Callable[[Row], None]


@dataclass(frozen=True)
class Snapshot:
    """All that a training needs to go on as if it had never stopped.

    Attributes:
        tensors: Parameters, optimizer state, random state, history.
        values: Counters and what the training is, as plain values.
        origin: The file it was read from.
    """

    tensors: Mapping[str, Tensor]
    values: Mapping[str, Any]
    origin: str = ""


class Keeper(Protocol):
    """Keeps snapshots of running trainings, each known by a name."""

    def newest(self, name: str) -> Snapshot | None:
        """Return the last snapshot of an earlier run, if this one goes on with it."""
        ...

    def due(self, step: int) -> bool:
        """Return whether to keep the state after `step`; the answer never changes what is computed."""
        ...

    def keep(self, name: str, step: int, snapshot: Snapshot) -> None:
        """Keep the state after so many steps."""
        ...


def silent(row: Row) -> None:
    """Show nothing."""


@dataclass
class Monitor:
    """Collects one row a step and carries the wish to stop.

    `max_seconds` is wall time from construction. Whoever handles signals sets `interrupted`; the solver
    asks `stop` after each step and leaves with its last finite state. A training that can be taken up again
    gives its snapshots to `keeper`; `earlier` are the seconds that it ran before it was taken up.
    """

    max_seconds: float | None = None
    progress: Progress = silent
    interrupted: bool = False
    rows: list[Row] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    keeper: Keeper | None = None
    earlier: float = 0.0

    @property
    def seconds(self) -> float:
        """Wall seconds since the start, those of an earlier session included."""
        return self.earlier + time.monotonic() - self.began

    def take_up(self, rows: list[Row], seconds: float) -> None:
        """Go on with the history of an earlier session, which had run for so many seconds."""
        self.rows.extend(rows)
        self.earlier += max(seconds - self.seconds, 0.0)

    @property
    def out_of_time(self) -> bool:
        """Whether `max_seconds` have passed in this session."""
        return self.max_seconds is not None and self.seconds - self.earlier >= self.max_seconds

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

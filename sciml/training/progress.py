"""What progress says, and how often; the command line decides where it goes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sciml.contracts.monitor import Row


def describe(row: Row, total: int = 0) -> str:
    """Return one row of the history in words.

    >>> describe({"step": 9.0, "seconds": 1.25, "loss": 0.5}, total=40)
    'step 10/40, loss 5.00e-01, 1.2 s'
    """
    step = f"{row['step'] + 1:.0f}" + (f"/{total}" if total else "")
    return f"step {step}, loss {row['loss']:.2e}, {row['seconds']:.1f} s"


def bar(row: Row, total: int, width: int = 24) -> str:
    """Return a bar for a terminal; without a known total, the words alone.

    >>> bar({"step": 19.0, "seconds": 1.25, "loss": 0.5}, total=40, width=10)
    '[#####.....] step 20/40, loss 5.00e-01, 1.2 s'
    """
    if not total:
        return describe(row)
    done = min(math.floor(width * (row["step"] + 1) / total), width)
    return f"[{'#' * done}{'.' * (width - done)}] {describe(row, total)}"


@dataclass
class Every:
    """Pass on a row when `seconds` of the run have gone by since the last one passed on."""

    seconds: float
    show: Callable[[Row], None]
    next: float = 0.0

    def __post_init__(self) -> None:
        self.next = self.seconds

    def __call__(self, row: Row) -> None:
        """Show the row if it is time."""
        if row["seconds"] >= self.next:
            self.next = row["seconds"] + self.seconds
            self.show(row)

"""How a computation ended, and what to do about it."""

from __future__ import annotations

from enum import Enum


class Status(Enum):
    """The ways a solve can end; `advice` says what each means and what to try.

    >>> Status.CONVERGED.value
    'converged'
    """

    CONVERGED = "converged"
    MAX_STEPS = "max_steps"
    STALLED = "stalled"
    NONFINITE = "nonfinite"
    INVALID = "invalid"
    INTERRUPTED = "interrupted"

    @property
    def advice(self) -> str:
        """One sentence: what happened, what to try."""
        return _ADVICE[self]

    @property
    def usable(self) -> bool:
        """Whether the answer may be looked at: finite, and a solution of the problem asked for."""
        return self not in (Status.NONFINITE, Status.INVALID)


_ADVICE = {
    Status.CONVERGED: "the tolerances were met",
    Status.MAX_STEPS: "the steps or seconds ran out first; allow more with max_steps or max_seconds",
    Status.STALLED: "no further decrease was found; look at the check, try another seed or a larger network",
    Status.NONFINITE: "a residual or gradient was not finite; check the problem's inputs and units",
    Status.INVALID: "the result is not a solution of the problem asked for; try another seed or start",
    Status.INTERRUPTED: "stopped on request; the last finite state was kept, run again with --resume",
}

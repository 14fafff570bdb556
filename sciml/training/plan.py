"""The plan of a training: steps, rates, and when to end."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.errors import ArgumentError
from sciml.training.optimizers import Adam, MakeOptimizer
from sciml.training.schedules import Cosine, Schedule


@dataclass(frozen=True)
class Minibatch:
    """The plan of a training: step k of n has the learning rate η s(k, n), k = 0, …, n − 1.

    Attributes:
        steps: Steps planned.
        batch: Rows a step, of data in memory.
        learning_rate: η, the first.
        max_steps: Steps to make instead, n: a run cut short on purpose still ends its schedule.
        every: Steps between two looks at the validation loss.
        holdout: Share of the rows kept for validation where no such rows are given.
        level: The validation loss has levelled if the last tenth of the steps lowered the lowest so far by
            no more than this share of its whole fall.
        schedule: s.
        optimizer: Makes the optimizer of the model.
        clip: Largest norm of a gradient; longer ones are shortened to it.
        ema: Decay of the running average of the weights, which is then what is judged and kept.
        patience: Looks without a lower validation loss after which the training ends.
        rival: A validation loss to come down to: the training ends where twice what the last `patience`
            looks gained would not.
        skip: Batches with a loss or gradient that is not finite to pass over; one more ends the training.
    """

    steps: int
    batch: int = 256
    learning_rate: float = 1e-3
    max_steps: int | None = None
    every: int = 50
    holdout: float = 0.1
    level: float = 0.01
    schedule: Schedule = Cosine()
    optimizer: MakeOptimizer = Adam()
    clip: float | None = None
    ema: float | None = None
    patience: int | None = None
    rival: float | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        for name, least in (("steps", 0), ("batch", 1), ("max_steps", 0), ("every", 1), ("patience", 1)):
            value = getattr(self, name)
            _require(name, value is None or value >= least, f"a whole number of at least {least}", value)
        _require("skip", self.skip >= 0, "a whole number of at least 0", self.skip)
        _require("learning_rate", 0 < self.learning_rate < float("inf"), "above 0", self.learning_rate)
        _require("holdout", 0 < self.holdout < 1, "between 0 and 1", self.holdout)
        _require("clip", self.clip is None or self.clip > 0, "above 0", self.clip)
        _require("ema", self.ema is None or 0 <= self.ema < 1, "from 0 up to but not 1", self.ema)

    @property
    def length(self) -> int:
        """Steps to make, n."""
        return self.steps if self.max_steps is None else self.max_steps

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return self.learning_rate * self.schedule(step, self.length)


def _require(name: str, fine: bool, expected: str, value: object) -> None:
    if not fine:
        raise ArgumentError(f"{name}: got {value!r}, expected {expected}")

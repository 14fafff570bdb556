"""Which model suits a data set: all are tried on a few steps, and halved by validation until one is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.judge import judge
from sciml.operators.learning import Learned, Task, network, regression
from sciml.operators.precision import exact_matmul
from sciml.operators.recipe import HELD
from sciml.operators.spec import PLANE_CHOICES, RIDGE

SIMPLE_FIRST = (RIDGE, "deeponet", "fno", "spectral", "galerkin")  # a tie goes to the one that comes first
SHARE = 0.2  # of the pairs judges the rounds
ROUNDS = (8, 4)  # the steps of a round are those of the whole training over this
FAR = 30.0  # times the error of the regression: a network that is so far off after a round does not catch up
LOOKED_AT = 8  # samples at least that decide between the regression and the network that is left


@dataclass(frozen=True)
class Entry:
    """A model after a round.

    Attributes:
        model: Its name.
        errors: Relative L2 errors of the validation samples, of the worst channel.
        steps: Steps made.
        seconds: CPU seconds of its training.
    """

    model: str
    errors: Array
    steps: int
    seconds: float

    @property
    def error(self) -> float:
        """The mean error."""
        return float(self.errors.mean())

    @property
    def row(self) -> dict[str, Any]:
        """What is printed of it."""
        return {"validation_error": self.error, "steps": self.steps, "training_cpu_s": self.seconds}


@dataclass(frozen=True)
class Contest:
    """The model that won, and what the others came to in their last round."""

    learned: Learned
    entries: Sequence[Entry]
    won: Entry

    @property
    def message(self) -> str:
        """Who won, and by how much."""
        others = ", ".join(f"{one.model} {one.error:.1e}" for one in self.entries if one is not self.won)
        return f"auto: {self.won.model} won on validation, {self.won.error:.1e}; {others}"

    @property
    def certificates(self) -> dict[str, dict[str, Any]]:
        """A row a model, and the cost of all."""
        total = sum(one.seconds for one in self.entries)
        rows = {f"auto {one.model}": one.row for one in self.entries}
        return {**rows, "auto": {"won": self.won.model, "training_cpu_s": total}}


@dataclass
class Following(Monitor):
    """A monitor of a round: it keeps nothing, and stops when the run's own does."""

    parent: Monitor = field(default_factory=Monitor)

    @property
    def stop(self) -> bool:
        """Whether the run is to stop."""
        return self.parent.stop


def contest(task: Task, pairs: OperatorData, ridge: Learned, settings: Settings, monitor: Monitor) -> Contest:
    """Return the model that does best on validation; by steps, never by the clock, so that bits repeat.

    Networks are trained on an eighth of the steps and the worse half is dropped, then on a quarter; the one
    that is left is trained on all pairs and steps, and held against the regression on the pairs that its
    training kept back. Ties, within a standard error of the paired difference, go to the simpler.

    Args:
        task: What is to be learned.
        pairs: The pairs to learn from.
        ridge: The regression on all of them.
        settings: Seed, device and so on.
        monitor: Of the run.
    """
    learn, held = pairs.split(SHARE, seed=0)
    entries = {RIDGE: _entry(RIDGE, regression(task, learn), held)}
    left = [name for name in SIMPLE_FIRST[1:] if not task.space.suffix or name in PLANE_CHOICES]
    for share in ROUNDS:
        steps = max(1, _budget(task, settings) // share)
        small = replace(task, recipe=replace(task.recipe, max_steps=steps))
        rounds = replace(settings, max_steps=None)
        for name in left:
            fitted = network(small, name, learn, rounds, Following(parent=monitor))
            entries[name] = _entry(name, fitted, held)
        left = _ranked([entries[name] for name in left])[: math.ceil(len(left) / 2)]
        if entries[RIDGE].error * FAR < entries[left[0]].error:
            return Contest(ridge, tuple(entries.values()), entries[RIDGE])
    return _final(task, pairs, left[0], ridge, settings, monitor, entries)


def _final(
    task: Task,
    pairs: OperatorData,
    name: str,
    ridge: Learned,
    settings: Settings,
    monitor: Monitor,
    entries: dict[str, Entry],
) -> Contest:
    """Train the network that is left, and hold it against the regression."""
    fitted = network(task, name, pairs, settings, monitor)
    kept = max(1, len(pairs) // HELD)
    unseen = pairs.take(slice(kept)) if kept >= LOOKED_AT else pairs.split(SHARE, seed=0)[1]
    rest = pairs.take(slice(kept, None)) if kept >= LOOKED_AT else pairs.split(SHARE, seed=0)[0]
    entries[name] = _entry(name, fitted, unseen)
    entries[RIDGE] = _entry(RIDGE, regression(task, rest), unseen)
    won = _ranked([entries[RIDGE], entries[name]])[0]
    return Contest(ridge if won == RIDGE else fitted, tuple(entries.values()), entries[won])


def _budget(task: Task, settings: Settings) -> int:
    planned = task.recipe.max_steps
    return planned if settings.max_steps is None else min(planned, settings.max_steps)


def _entry(name: str, fitted: Learned, held: OperatorData) -> Entry:
    with exact_matmul(str(fitted.fields.device)):
        errors = judge(fitted.fields, held).errors
    worst: Array = errors[:, int(errors.mean(0).argmax())]
    return Entry(name, worst, fitted.trained.steps, fitted.seconds)


def _ranked(entries: Sequence[Entry]) -> list[str]:
    """Return names from the best on; the simpler of two comes first unless the other is surely better."""
    left = sorted(entries, key=lambda one: SIMPLE_FIRST.index(one.model))
    order: list[str] = []
    while left:
        best = min(left, key=lambda one: one.error)
        first = next(one for one in left if one is best or not _beaten(one, best))
        order.append(first.model)
        left.remove(first)
    return order


def _beaten(one: Entry, best: Entry) -> bool:
    """Return whether the best is better by more than a standard error of the paired difference."""
    gap = one.errors - best.errors
    return bool(gap.mean() > gap.std() / np.sqrt(len(gap)))

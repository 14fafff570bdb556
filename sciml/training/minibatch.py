"""Train a model on minibatches of rows: Adam, a cosine schedule, and the best weights on rows held out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

from sciml.monitor import Monitor
from sciml.status import Status
from sciml.training._best import Best, NotFinite
from sciml.training._rows import batches, split

Loss = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Minibatch:
    """The plan of a training: step k of n has the learning rate ½ η (1 + cos(πk/n)), k = 0, …, n − 1.

    Attributes:
        steps: Steps planned.
        batch: Rows a step.
        learning_rate: η, the first.
        max_steps: Steps to make instead, n: a run cut short on purpose still ends at a rate of zero.
        every: Steps between two looks at the validation loss.
        holdout: Share of the rows kept for validation where no such rows are given.
        level: The validation loss has levelled if the last tenth of the steps lowered the lowest so far by
            no more than this share of its whole fall.
    """

    steps: int
    batch: int = 256
    learning_rate: float = 1e-3
    max_steps: int | None = None
    every: int = 50
    holdout: float = 0.1
    level: float = 0.01

    @property
    def length(self) -> int:
        """Steps to make, n."""
        return self.steps if self.max_steps is None else self.max_steps

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        return 0.5 * self.learning_rate * (1 + math.cos(math.pi * step / self.length))


@dataclass(frozen=True)
class Trained:
    """How a training ended; the model holds the weights of `best_step`, whose validation loss is `best`."""

    status: Status
    message: str
    steps: int
    best: float
    best_step: int


def fit(
    model: nn.Module,
    loss: Loss,
    data: Tensor,
    plan: Minibatch,
    *,
    seed: int,
    monitor: Monitor,
    validation: Tensor | None = None,
) -> Trained:
    """Minimise `loss` over the rows of `data`, and leave the best weights on held-out rows in `model`.

    The status is CONVERGED where all planned steps were made and the validation loss has levelled;
    MAX_STEPS where `max_steps` or the monitor's `max_seconds` ended it below the plan, or the loss still
    fell at the end; STALLED where it never fell; INTERRUPTED on request; NONFINITE where a loss or
    gradient was not finite. The same seed gives the same bits; torch's own random state is left alone.

    Args:
        model: What is trained, in place; left in evaluation mode.
        loss: From rows to their mean loss, a tensor of no dimension.
        data: Rows, on the model's device.
        plan: Steps, rows and rates.
        seed: Of the choice of rows.
        monitor: Given the loss of every step and every `validation` loss; asked when to stop.
        validation: Rows to judge by; by default a share `plan.holdout` of the data, then not trained on.
    """
    generator = torch.Generator().manual_seed(seed)
    if validation is None:
        data, validation = split(data, plan.holdout, generator)
    best = Best(model, loss, validation)
    try:
        steps = _train(model, loss, batches(data, plan.batch, generator), plan, monitor, best)
        status, message = _ended(plan, monitor, steps, best)
    except NotFinite as error:
        steps, status = error.steps, Status.NONFINITE
        message = f"{error}; the weights after step {best.step} were kept; check the data and its units"
    best.restore()
    return Trained(status, message, steps, best.lowest, best.step)


def _train(
    model: nn.Module, loss: Loss, rows: Iterator[Tensor], plan: Minibatch, monitor: Monitor, best: Best
) -> int:
    """Make the steps, and return how many."""
    optimizer = torch.optim.Adam(model.parameters())
    best.look(0)
    step, stop = 0, monitor.stop
    while step < plan.length and not stop:
        value = _step(optimizer, loss(next(rows)), plan.rate(step), step)
        step += 1
        due = step % plan.every == 0 or step == plan.length
        known = {"validation": best.look(step)} if due else {}
        stop = monitor.record(value, **known)
    best.look(step)
    return step


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, rate: float, step: int) -> float:
    """Make one step down the gradient of `loss`, and return its value."""
    group = optimizer.param_groups[0]
    group["lr"] = rate
    optimizer.zero_grad()
    loss.backward()
    slope = get_total_norm([p.grad for p in group["params"] if p.grad is not None])
    for what, value in (("loss", loss), ("gradient", slope)):
        if not value.isfinite():
            raise NotFinite(f"step {step + 1}: the {what} of its batch", step)
    optimizer.step()
    return loss.item()


def _ended(plan: Minibatch, monitor: Monitor, steps: int, best: Best) -> tuple[Status, str]:
    made = f"{steps} of {max(plan.steps, plan.length)} steps"
    if steps < plan.length and monitor.interrupted:
        return Status.INTERRUPTED, f"{made}: stopped on request; the best weights so far were kept"
    if steps < plan.length:
        return Status.MAX_STEPS, f"{made}: the seconds ran out; allow more with max_seconds"
    if steps < plan.steps:
        return Status.MAX_STEPS, f"{made}: allow more with max_steps"
    if best.step == 0:
        return Status.STALLED, f"{made}: the validation loss never fell; try another learning rate or seed"
    if not best.levelled(plan.level):
        return Status.MAX_STEPS, f"{made}: the validation loss still fell; allow more with max_steps"
    return Status.CONVERGED, f"{made}: the validation loss has levelled, lowest after step {best.step}"

"""Train a model on minibatches: any optimizer and schedule, and the best weights on rows held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.training.best import Best, NotFinite, put_back
from sciml.training.distributed import current
from sciml.training.loop import Loop, Loss
from sciml.training.plan import Minibatch
from sciml.training.rows import Batch, BatchSource, as_source
from sciml.training.state import capture, take_up


@dataclass(frozen=True)
class Trained:
    """How a training ended; the model holds the weights of `best_step`, whose validation loss is `best`."""

    status: Status
    message: str
    steps: int
    best: float
    best_step: int

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the model is not one that was trained: it made no step; empty where it did."""
        return () if self.steps else ("the model was trained for no step",)


def fit(
    model: nn.Module,
    loss: Loss,
    data: Batch | BatchSource | Iterable[Batch],
    plan: Minibatch,
    *,
    seed: int,
    monitor: Monitor,
    validation: Batch | None = None,
    name: str = "fit",
) -> Trained:
    """Minimise `loss` over the rows of `data`, and leave the best weights on held-out rows in `model`.

    The status is CONVERGED where all planned steps were made and the validation loss has levelled, or
    where the patience ran out; MAX_STEPS where `max_steps` or the monitor's `max_seconds` ended it below
    the plan, or the loss still fell at the end; STALLED where it never fell, or where `plan.rival` is out
    of its reach; INTERRUPTED on request; NONFINITE where more batches than `plan.skip` had a loss or gradient
    that was not finite. The same seed gives the same bits, wherever the run was interrupted and taken up
    again from the monitor's keeper. Under `torchrun` (see `distributed.joined`) the processes share each
    batch.

    Args:
        model: What is trained, in place; left in evaluation mode.
        loss: From a batch to the mean of its rows' losses, a tensor of no dimension.
        data: Rows on the model's device, a tensor or several with a row each for every sample; or a
            `BatchSource`, which makes the batch of any step; or an iterable of batches, which must come in
            the same order each time if the run is to be taken up again.
        plan: Steps, rows and rates.
        seed: Of the choice of rows.
        monitor: Given the loss of every step and every `validation` loss; asked when to stop.
        validation: Rows to judge by; by default a share `plan.holdout` of the data, then not trained on.
        name: Tells the trainings of one run apart, where it has several.
    """
    batches = as_source(data, plan.batch, plan.holdout, seed, validation)
    loop = Loop(model, loss, batches, plan, seed, current())
    try:
        tired = _train(loop, monitor, name)
        status, message = _ended(loop, monitor, tired)
    except NotFinite as error:
        status = Status.NONFINITE
        message = f"{error}; the weights after step {loop.best.step} were kept; check the data and its units"
    put_back(model, loop.best.weights)
    model.eval()
    return Trained(status, message, loop.step, loop.best.lowest, loop.best.step)


def _train(loop: Loop, monitor: Monitor, name: str) -> bool:
    """Make the steps, or those that are left of them; return whether they ended for want of progress."""
    plan, first = loop.plan, len(monitor.rows)
    take_up(loop, monitor, name)
    if loop.step == 0:
        loop.look()
    stop = loop.team.any(monitor.stop, loop.device)
    while loop.step < plan.length and not stop and not loop.tired:
        stop = loop.team.any(_advance(loop, monitor), loop.device)
        if monitor.keeper is not None and (stop or monitor.keeper.due(loop.step)):
            _keep(loop, monitor, name, first)
    if monitor.keeper is not None and not stop:
        _keep(loop, monitor, name, first)
    tired = loop.tired
    loop.look()  # after the state was kept: a run that is taken up again must not know of it
    return tired


def _advance(loop: Loop, monitor: Monitor) -> bool:
    """Make a step, record it, and return whether to stop."""
    value = loop.advance()
    due = loop.step % loop.plan.every == 0 or loop.step == loop.plan.length
    losses = {"validation": loop.look()} if due else {}
    return monitor.stop if value is None else monitor.record(value, **losses)


def _keep(loop: Loop, monitor: Monitor, name: str, first: int) -> None:
    """Hand the state to the keeper, unless it is not worth going on from."""
    if monitor.keeper is not None and loop.finite:
        monitor.keeper.keep(name, loop.step, capture(loop, monitor, first))


def _ended(loop: Loop, monitor: Monitor, tired: bool) -> tuple[Status, str]:
    plan, best, steps = loop.plan, loop.best, loop.step
    made = f"{steps} of {max(plan.steps, plan.length)} steps" + _skipped(loop)
    if tired and best.outpaced(plan.rival, plan.patience):
        return Status.STALLED, f"{made}: too far behind the loss to come down to, {plan.rival:.4g}"
    if tired and best.step:
        return (
            Status.CONVERGED,
            f"{made}: {plan.patience} looks found nothing below that of step {best.step}",
        )
    if steps == plan.length or tired:
        return _complete(plan, best, made)
    if monitor.interrupted or not monitor.out_of_time:
        return Status.INTERRUPTED, f"{made}: stopped on request; the best weights so far were kept"
    return Status.MAX_STEPS, f"{made}: the seconds ran out; allow more with max_seconds"


def _complete(plan: Minibatch, best: Best, made: str) -> tuple[Status, str]:
    if plan.length < plan.steps:
        return Status.MAX_STEPS, f"{made}: allow more with max_steps"
    if best.step == 0:
        return (
            Status.STALLED,
            f"{made}: the validation loss never fell; try another learning rate or seed",
        )
    if not best.levelled(plan.level):
        return Status.MAX_STEPS, f"{made}: the validation loss still fell; allow more with max_steps"
    return Status.CONVERGED, f"{made}: the validation loss has levelled, lowest after step {best.step}"


def _skipped(loop: Loop) -> str:
    return f" ({loop.skipped} skipped, their batches not finite)" if loop.skipped else ""

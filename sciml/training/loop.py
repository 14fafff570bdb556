"""A model with all that changes while it is trained, and the step that changes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from sciml.training.best import Average, Best, NotFinite, copied, put_back, tensors_of
from sciml.training.distributed import Team
from sciml.training.plan import Minibatch
from sciml.training.rows import Batch, BatchSource, Rows, count, parts, take

Loss = Callable[[Any], Tensor]  # from a batch to the mean of its rows' losses
SHOWN = 8  # rows named in a message
AT_ONCE = 2**16  # numbers in the validation rows of one call of the loss; never fewer rows than a batch


class Loop:
    """The state of a training.

    Attributes:
        step: Batches taken so far.
        skipped: Those of them that were left out because something was not finite.
        best: The best weights so far.
        average: The running average of the weights, where the plan asks for one.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        data: tuple[BatchSource, Batch],
        plan: Minibatch,
        seed: int,
        team: Team,
    ) -> None:
        self.model, self.loss, self.plan, self.seed, self.team = model, loss, plan, seed, team
        self.source, self.validation = data
        team.agree(model)
        optimizers = plan.optimizer(model, plan.learning_rate)
        self.optimizers = [optimizers] if isinstance(optimizers, Optimizer) else list(optimizers)
        self.groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        self.rates = [group["lr"] for group in self.groups]
        self.parameters: list[nn.Parameter] = [p for group in self.groups for p in group["params"]]
        self.average = None if plan.ema is None else Average(model, plan.ema)
        self.step, self.skipped, self.best = 0, 0, Best(copied(model))

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.parameters[0].device

    @property
    def tired(self) -> bool:
        """Whether to end for want of progress."""
        best, plan = self.best, self.plan
        return best.tired(plan.patience) or best.outpaced(plan.rival, plan.patience)

    @property
    def finite(self) -> bool:
        """Whether all weights are finite."""
        return all(bool(value.isfinite().all()) for value in tensors_of(self.model).values())

    def advance(self) -> float | None:
        """Take one batch and return its loss; None where it was skipped.

        Nothing that is not finite reaches the weights: loss and gradient are looked at before the step.
        """
        if not self.model.training:
            self.model.train()
        batch = self.source.batch(self.step, self.seed)
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss = self.team.gradients(self.loss, batch, self.parameters)
        slopes = [p.grad for p in self.parameters if p.grad is not None]
        norm = get_total_norm(slopes)
        value = loss.item()
        for what, size in (("loss", value), ("gradient", norm.item())):
            if not math.isfinite(size):
                self._skip(what, batch)
                return None
        self._apply(norm)
        self.step += 1
        if self.average is not None:
            self.average.update(self.model, self.step)
        return value

    def _apply(self, norm: Tensor) -> None:
        factor = self.plan.schedule(self.step, self.plan.length)
        for group, rate in zip(self.groups, self.rates, strict=True):
            group["lr"] = rate * factor
        if self.plan.clip is not None:
            clip_grads_with_norm_(self.parameters, self.plan.clip, norm)
        for optimizer in self.optimizers:
            optimizer.step()

    def _skip(self, what: str, batch: Batch) -> None:
        """Leave the weights as they are; give up if the plan allows no more of this."""
        if self.skipped >= self.plan.skip:
            raise NotFinite(
                f"step {self.step + 1}: the {what} of its batch was not finite{self._rows(batch)}"
            )
        self.skipped += 1
        self.step += 1

    def _rows(self, batch: Batch) -> str:
        """Return in words which rows the batch had, or which of them are to blame where that shows."""
        if not isinstance(self.source, Rows):
            return f" (batch {self.step} of the stream)"
        numbers = self.source.numbers(self.step, self.seed)
        alone = torch.tensor([not self._fine(take(batch, slice(i, i + 1))) for i in range(count(batch))])
        blamed = numbers[alone] if alone.any() else numbers
        shown = ", ".join(str(int(number)) for number in blamed[:SHOWN])
        more = f" and {len(blamed) - SHOWN} more" if len(blamed) > SHOWN else ""
        return f" ({'data' if alone.any() else 'its'} rows {shown}{more})"

    @torch.no_grad()
    def _fine(self, row: Batch) -> bool:
        """Whether a row alone has finite values and a finite loss."""
        if not all(bool(x.isfinite().all()) for x in parts(row)):
            return False
        self.model.eval()
        return bool(self.loss(row).isfinite())

    def look(self) -> float:
        """Return the validation loss of the weights, or of their average; keep them if it is the lowest."""
        with self._averaged():
            return self.best.look(self.step, lambda: self.team.first(self._measure, self.device), self.model)

    @torch.no_grad()
    def _measure(self) -> float:
        """Return the mean loss over the validation rows, some at a time."""
        self.model.eval()
        rows, total = count(self.validation), 0.0
        wide = sum(x[:1].numel() for x in parts(self.validation))
        size = max(self.plan.batch, AT_ONCE // max(wide, 1))
        for first in range(0, rows, size):
            piece = take(self.validation, slice(first, first + size))
            total += float(self.loss(piece)) * (count(piece) / rows)
        return total

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Have the average in the model's place while open."""
        if self.average is None:
            yield
            return
        own = copied(self.model)
        put_back(self.model, self.average.weights)
        try:
            yield
        finally:
            put_back(self.model, own)

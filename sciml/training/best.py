"""The weights that did best on validation rows, and their running average."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

RECENT = 0.1  # share of the steps, the last, whose gain says whether the loss has levelled


class NotFinite(ArithmeticError):
    """Something was NaN or infinite."""


class Best:
    """The losses on the validation rows, and the weights of the lowest.

    Attributes:
        seen: The validation loss after each step at which it was looked at.
        lowest: The lowest of them.
        step: After which step that was.
        weights: The weights then; at first those of the start.
    """

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.seen: dict[int, float] = {}
        self.lowest, self.step, self.weights = math.inf, 0, weights

    def look(self, step: int, measure: Callable[[], float], model: nn.Module) -> float:
        """Return the validation loss after `step`, and keep the model's weights if none was lower."""
        if step in self.seen:
            return self.seen[step]
        value = measure()
        if not math.isfinite(value):
            raise NotFinite(f"the validation loss after step {step} was not finite")
        self.seen[step] = value
        if value < self.lowest:
            self.lowest, self.step, self.weights = value, step, copied(model)
        return value

    def levelled(self, share: float) -> bool:
        """Whether the last tenth of the steps lowered the lowest loss by at most a `share` of its fall."""
        last = max(self.seen)
        before = min(value for step, value in self.seen.items() if step <= (1 - RECENT) * last)
        return before - self.lowest <= share * (self.seen[0] - self.lowest)

    def tired(self, patience: int | None) -> bool:
        """Whether the last `patience` looks found nothing lower."""
        return patience is not None and sum(step > self.step for step in self.seen) >= patience

    def outpaced(self, rival: float | None, patience: int | None) -> bool:
        """Whether twice what the last `patience` looks gained would leave the lowest above a rival's."""
        if rival is None or patience is None or len(self.seen) <= patience:
            return False
        earlier = min(list(self.seen.values())[:-patience])
        return self.lowest - 2 * (earlier - self.lowest) > rival


class Average:
    """Exponential average of a model's weights: a ← d a + (1 − d) w, d = min(decay, (1 + k)/(10 + k)).

    The smaller decay of the first steps k lets the average forget the start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.weights = decay, copied(model)

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Take in the weights after so many steps; whole numbers are copied."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in tensors_of(model).items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - decay)
            else:
                self.weights[name].copy_(value)


def copied(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of a model's parameters and buffers."""
    return {name: value.detach().clone() for name, value in tensors_of(model).items()}


def tensors_of(model: nn.Module) -> dict[str, Tensor]:
    """Return a model's parameters and buffers; what else its state holds, as a version, is left out."""
    return {name: value for name, value in model.state_dict().items() if isinstance(value, Tensor)}


def put_back(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a model its `tensors_of` again; what else its state holds stays as it is."""
    model.load_state_dict({**model.state_dict(), **weights})

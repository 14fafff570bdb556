"""The weights that did best on validation rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


class NotFinite(ArithmeticError):
    """Something was NaN or infinite after so many steps."""

    def __init__(self, what: str, steps: int) -> None:
        super().__init__(f"{what} was not finite")
        self.steps = steps


class Best:
    """The losses on the validation rows, and the weights of the lowest.

    Attributes:
        seen: The validation loss after each step at which it was looked at.
        lowest: The lowest of them.
        step: After which step that was.
        weights: The weights then; at first those of the start.
    """

    def __init__(self, model: nn.Module, loss: Callable[[Tensor], Tensor], rows: Tensor) -> None:
        self.model, self.loss, self.rows = model, loss, rows
        self.seen: dict[int, float] = {}
        self.lowest, self.step, self.weights = math.inf, 0, _copy(model)

    @torch.no_grad()
    def look(self, step: int) -> float:
        """Return the validation loss after `step`, and keep the weights if none was lower."""
        if step in self.seen:
            return self.seen[step]
        self.model.eval()
        value = float(self.loss(self.rows))
        self.model.train()
        if not math.isfinite(value):
            raise NotFinite(f"the validation loss after step {step}", step)
        self.seen[step] = value
        if value < self.lowest:
            self.lowest, self.step, self.weights = value, step, _copy(self.model)
        return value

    def levelled(self, share: float) -> bool:
        """Whether the last tenth of the steps lowered the lowest loss by at most a `share` of its fall."""
        last = max(self.seen)
        before = min(value for step, value in self.seen.items() if step <= 0.9 * last)
        return before - self.lowest <= share * (self.seen[0] - self.lowest)

    def restore(self) -> None:
        """Put the best weights back, for use."""
        self.model.load_state_dict(self.weights)
        self.model.eval()


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}

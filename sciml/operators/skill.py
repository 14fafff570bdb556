"""What a prediction is worth beside the trivial ones: the mean output, and the input itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

EXACT = 1e-12  # of the outputs' size: a trivial prediction is not taken to be nearer than that,
SINGLE = 1e-6  # nor than that where the outputs were kept in float32
TINY = 1e-100  # stands for the squared norm of outputs that are all zero
BARS = 3.0  # standard errors by which a skill must be above zero


@dataclass(frozen=True)
class Skill:
    r"""$1-\sqrt{\sum_i\|u_i-\hat u_i\|^2/\sum_i\|u_i-t_i\|^2}$ of predictions û beside trivial ones t.

    One means exact, zero no better than trivial. Over the samples the ratio has a standard
    error, and a prediction is of use where the skill is above three of its own.

    Attributes:
        value: The skill, of the worst output channel.
        error: Its standard error over the samples.
        rival: The trivial prediction that it is least above.
        channel: That output channel.
    """

    value: float
    error: float
    rival: str
    channel: int = 0

    @property
    def least(self) -> float:
        """What it must be at least: three of its standard errors."""
        return BARS * self.error

    @property
    def proven(self) -> bool:
        """Whether the prediction is better than the trivial ones."""
        return self.value > self.least


def skill(prediction: Tensor, target: Tensor, rivals: Mapping[str, Tensor]) -> Skill:
    """Return the least skill of predictions (N, n, c) over the output channels and the rivals by name."""
    each = (
        _against(name, channel, *(part[..., channel].double() for part in (prediction, target, rival)))
        for name, rival in rivals.items()
        for channel in range(target.shape[2])
    )
    return min(each, key=lambda one: one.value - one.least)


def _against(name: str, channel: int, prediction: Tensor, target: Tensor, rival: Tensor) -> Skill:
    ours, theirs = ((part - target).square().mean(1) for part in (prediction, rival))
    exact = SINGLE if bool((target.float() == target).all()) else EXACT
    least = exact**2 * target.square().mean()
    total = max(float(theirs.mean() + least), TINY)
    ratio = float(ours.mean()) / total
    bar = float((ours - ratio * theirs).square().mean().sqrt()) / (total * math.sqrt(len(ours)))
    root = math.sqrt(ratio)
    return Skill(1 - root, bar / (2 * root) if root else 0.0, name, channel)

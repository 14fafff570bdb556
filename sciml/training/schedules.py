"""Schedules as values: the share of the first learning rate that each step takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sciml.errors import ArgumentError

Schedule = Callable[[int, int], float]  # step k = 0, …, n − 1 and n to a factor


def _share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise ArgumentError(f"{name}: got {value!r}, expected a number from 0 up to but not 1")


@dataclass(frozen=True)
class Constant:
    """The factor 1 at every step."""

    def __call__(self, step: int, length: int) -> float:
        """Return the factor of a step."""
        return 1.0


@dataclass(frozen=True)
class Cosine:
    """From 1 down to `floor`: floor + (1 − floor) ½ (1 + cos(πk/n)) (Loshchilov and Hutter, 2017).

    >>> Cosine()(5, 10)
    0.5
    """

    floor: float = 0.0

    def __post_init__(self) -> None:
        _share("floor", self.floor)

    def __call__(self, step: int, length: int) -> float:
        """Return the factor of a step."""
        return self.floor + (1 - self.floor) * (0.5 * (1 + math.cos(math.pi * step / length)))


@dataclass(frozen=True)
class OneCycle:
    """From `start` up to 1 by half a cosine over a share `rise` of the steps, then down to `end`.

    Source: L. N. Smith, N. Topin, Super-convergence, arXiv:1708.07120.
    """

    rise: float = 0.3
    start: float = 0.04
    end: float = 1e-5

    def __post_init__(self) -> None:
        for name in ("rise", "start", "end"):
            _share(name, getattr(self, name))

    def __call__(self, step: int, length: int) -> float:
        """Return the factor of a step."""
        done, top = step / length, self.rise
        if done < top:
            return self.start + (1 - self.start) * 0.5 * (1 - math.cos(math.pi * done / top))
        return self.end + (1 - self.end) * 0.5 * (1 + math.cos(math.pi * (done - top) / (1 - top)))


@dataclass(frozen=True)
class WarmUp:
    """The factor (k + 1)/`steps` at first, then the schedule `then` over the steps that are left."""

    steps: int
    then: Schedule = Cosine()

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ArgumentError(f"steps: got {self.steps}, expected at least one step to warm up in")

    def __call__(self, step: int, length: int) -> float:
        """Return the factor of a step."""
        if step < self.steps:
            return (step + 1) / self.steps
        return self.then(step - self.steps, length - self.steps)

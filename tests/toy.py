"""A problem small enough to be solved in a millisecond; its parameters make it end in every way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml import (
    AbstractProblem,
    Answer,
    Fields,
    Measured,
    Monitor,
    Recipe,
    Reference,
    Sampled,
    Settings,
    Status,
    parameter,
)

POINTS = np.linspace(0.0, 1.0, 11)
NATURAL = -1


class Line(Fields):
    """The field y = root · x."""

    def __init__(self, root: Tensor) -> None:
        self.root = root

    @property
    def spec(self) -> Mapping[str, Any]:
        return {"model": "line"}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        return {"root": self.root}

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        return {"y": self.root * x}


@dataclass(frozen=True)
class Toy(AbstractProblem):
    """Descend to the root of x = target from a random start."""

    kind: ClassVar[str] = "toy"
    equation: ClassVar[str] = "x = target"
    starts: ClassVar[tuple[str, ...]] = ("near", "far")
    methods: ClassVar[tuple[str, ...]] = ("descent", "random")

    target: float = parameter(2.0, "where the root is", "m", low=0.0)
    off: float = parameter(0.0, "what is wrongly added to the answer")
    pause: float = parameter(0.0, "seconds that a step takes", low=0.0)
    ending: int = parameter(
        NATURAL, "index of the status to end with; -1 for the natural one", low=-1, high=5
    )
    judged: bool = parameter(True, "whether there is a reference")

    def reference(self) -> Reference | None:
        if not self.judged:
            return None
        field = Sampled(POINTS, self.target * POINTS, np.full(11, 1 / 11))
        return Reference({"root": Measured(self.target)}, {"y": field}, kind="analytic", method="by eye")

    def recipe(self, quick: bool = False) -> Recipe:
        return Recipe(max_steps=20 if quick else 60)

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        x = self.target + torch.rand((), dtype=torch.float64)
        for _ in range(settings.max_steps or self.recipe(settings.quick).max_steps):
            time.sleep(self.pause)
            x = self.target + (x - self.target) / 2
            if monitor.record(float((x - self.target) ** 2)):
                break
        return self._answer(x + self.off, self._status(monitor))

    def _status(self, monitor: Monitor) -> Status:
        if monitor.interrupted:
            return Status.INTERRUPTED
        return Status.CONVERGED if self.ending == NATURAL else list(Status)[self.ending]

    def _answer(self, x: Tensor, status: Status) -> Answer:
        x = x * float("nan") if status is Status.NONFINITE else x
        return Answer(
            status=status,
            message="the root was sought",
            scalars={"root": float(x)},
            units={"root": "m"},
            fields=Line(x),
            samples={"x": POINTS, "y": float(x) * POINTS},
            certificates={"root": {"residual": float(abs(x - self.target))}},
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        return Line(tensors["root"])

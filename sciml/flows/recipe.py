"""What it takes to train a flow on a bundled density: sizes, plan and seeds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import torch

from sciml.contracts.problem import Recipe
from sciml.flows.spec import FlowSpec
from sciml.numerics.seeds import independent
from sciml.runs.described import name_of
from sciml.training.plan import Minibatch


@dataclass(frozen=True)
class FlowRecipe(Recipe):
    """What a flow is made of, and the sizes of its training.

    Attributes:
        max_steps: Steps planned.
        tolerance: Largest gap to the truth, in nats.
        mass_tolerance: Largest deviation of ∫ q from 1.
        kind: "coupling" or "autoregressive".
        transform: A name in `spec.TRANSFORMS`: "spline", "affine".
        base: A name in `spec.BASES`: "normal", "student-t", "mixture".
        components: Of the mixture.
        prepare: What is done first, by numbers found from the data: "nothing", "standardize" each column,
            or "whiten" all.
        layers: Coupling or autoregressive layers.
        hidden: Widths of each conditioner.
        bins: Bins of a spline.
        bound: Half the length of the interval where the splines act.
        batch: Rows a step.
        learning_rate: The first, of a cosine schedule.
    """

    max_steps: int = 1500
    tolerance: float = 0.05
    mass_tolerance: float = 0.01
    kind: str = "coupling"
    transform: str = "spline"
    base: str = "normal"
    components: int = 8
    prepare: str = "nothing"
    layers: int = 4
    hidden: tuple[int, ...] = (32, 32)
    bins: int = 8
    bound: float = 5.0
    batch: int = 256
    learning_rate: float = 1e-2

    def spec(self, features: int, dtype: torch.dtype) -> FlowSpec:
        """Return what the flow is made of."""
        own = {item.name for item in fields(FlowSpec)} - {"features", "dtype"}
        values = {name: getattr(self, name) for name in own}
        return FlowSpec(features, dtype=name_of(dtype), **values)

    def plan(self, max_steps: int | None) -> Minibatch:
        """Return the plan of the training, with `max_steps` steps where that is given."""
        return Minibatch(self.max_steps, self.batch, self.learning_rate, max_steps)


class Seeds(NamedTuple):
    """Independent seeds, all from one."""

    data: int
    network: int
    batches: int
    test: int
    draws: int

    @classmethod
    def of(cls, seed: int) -> Self:
        """Return the seeds that come of one."""
        return cls(*independent(seed, len(cls._fields)))

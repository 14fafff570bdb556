"""What it takes to learn a bundled operator: sizes, plan and seeds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple, Self

from sciml.contracts.problem import Recipe
from sciml.numerics.seeds import independent
from sciml.operators.spec import EVERY, KERNEL_RIDGE, RIDGE, OperatorSpec
from sciml.training.methods import METHODS
from sciml.training.plan import Minibatch
from sciml.training.schedules import OneCycle

RISE = 0.2  # share of the steps in which the learning rate rises
LONGEST = 1.0  # norm of a gradient; longer ones are shortened to it
HELD = 16  # one sample in so many is held out, and chooses the weights to keep


@dataclass(frozen=True)
class OperatorRecipe(Recipe):
    """What a model is made of, and the sizes of its training; a ridge regression has sizes of its own.

    Attributes:
        max_steps: Steps planned.
        tolerance: Largest relative L2 error, the mean over test samples.
        width: Channels inside.
        layers: Encoder layers, or spectral layers of an FNO.
        modes: Fourier modes.
        heads: Heads of each attention.
        before: Spectral layers before the encoder.
        decoder: Spectral layers after it.
        positions: Whether the model is told where its points are.
        batch: Samples a step.
        learning_rate: The largest, of the one-cycle schedule, for matrices.
        gamma: Weight of the derivative in the loss.
        tests: Samples to judge by.
        input_modes: Highest input mode of the ridge regression beside it.
        output_modes: Highest output mode of a kernel ridge regression.
    """

    max_steps: int = 2000
    tolerance: float = 1e-3
    width: int = 64
    layers: int = 1
    modes: int = 16
    heads: int = 8
    before: int = 1
    decoder: int = 3
    positions: bool = False
    batch: int = 16
    learning_rate: float = 5e-3
    gamma: float = 0.1
    tests: int = 200
    input_modes: int = 8
    output_modes: int = 12

    def spec(self, model: str, samples: int = 1) -> OperatorSpec:
        """Return what a model is made of; `samples` are those that a kernel ridge regression keeps."""
        kind = EVERY[model]
        sizes = {**asdict(self), "samples": samples}
        return OperatorSpec(kind.sized(sizes), dtype="float64" if kind.solved else "float32")

    def regression(self, linear: bool, samples: int) -> OperatorSpec:
        """Return what the ridge regression is made of."""
        return self.spec(RIDGE if linear else KERNEL_RIDGE, samples)

    def plan(self, max_steps: int | None, method: str | None = None) -> Minibatch:
        """Return the plan of the training, with `max_steps` steps and another optimizer where given."""
        optimizer, share = METHODS[method or "muon"]
        return Minibatch(
            self.max_steps,
            self.batch,
            share * self.learning_rate,
            max_steps,
            schedule=OneCycle(rise=RISE),
            optimizer=optimizer,
            clip=LONGEST,
        )


@dataclass(frozen=True)
class PlaneRecipe(OperatorRecipe):
    """The same for functions of a plane.

    Attributes:
        walls: What bounds the plane, by its place among "periodic", "zero" and "free".
    """

    width: int = 32
    layers: int = 2
    modes: int = 12
    heads: int = 4
    before: int = 2
    decoder: int = 2
    positions: bool = True
    batch: int = 8
    gamma: float = 0.05
    input_modes: int = 16
    walls: int = 2

    def regression(self, linear: bool, samples: int) -> OperatorSpec:
        """Return what the ridge regression is made of."""
        return self.spec(f"{RIDGE}-2d", samples)


class Seeds(NamedTuple):
    """Independent seeds, all from one."""

    data: int
    network: int
    batches: int
    test: int

    @classmethod
    def of(cls, seed: int) -> Self:
        """Return the seeds that come of one."""
        return cls(*independent(seed, len(cls._fields)))

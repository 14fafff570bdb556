"""Trains a flow on rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from sciml.contracts.monitor import Monitor
from sciml.flows.flow import Flow
from sciml.flows.transforms.autoregressive import Autoregressive
from sciml.flows.transforms.coupling import Coupling
from sciml.tables.arrays import Array
from sciml.tables.real.fill import Fill
from sciml.training.fit import Trained, fit
from sciml.training.light import light
from sciml.training.plan import Minibatch
from sciml.training.rows import Rows


@dataclass(frozen=True)
class TowardsIdentity:
    """AdamW whose decay draws the conditioners, and nothing else, to zero, where a layer is the identity.

    The flow then stays near the map it began with unless the rows speak against it.
    """

    weight_decay: float

    def __call__(self, model: nn.Module, rate: float) -> Optimizer:
        """Return the optimizer of a flow's parameters."""
        layers = [part for part in model.modules() if isinstance(part, Autoregressive | Coupling)]
        drawn = {id(p): p for layer in layers for p in layer.parameters()}
        rest = [p for p in model.parameters() if id(p) not in drawn]
        groups = [
            {"params": list(drawn.values()), "weight_decay": self.weight_decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        return light(torch.optim.AdamW)([group for group in groups if group["params"]], rate, fused=True)


class Filled(Rows):
    """Batches of rows and their context, every missing cell filled by a new draw each time."""

    def __init__(self, data: tuple[Tensor, ...], size: int, fill: Fill) -> None:
        super().__init__(data, size)
        self.fill = fill

    def batch(self, step: int, seed: int) -> tuple[Tensor, ...]:
        """Return rows and context of a step."""
        rows, *rest = super().batch(step, seed)
        normal = np.random.default_rng([seed, step]).standard_normal(tuple(rows.shape))
        full, _ = self.fill.draw(rows.double().numpy(), normal)
        return torch.from_numpy(full).to(rows.dtype), *rest


@dataclass(frozen=True)
class Training:
    """The sizes of a training.

    Attributes:
        steps: Planned.
        batch: Rows a step.
        learning_rate: The first, of a cosine schedule.
        decay: Of the conditioners' weights, towards the identity.
        every: Steps between two looks at the validation rows.
        patience: Looks without progress after which it ends.
        ema: Decay of the running average of the weights.
        rival: A validation loss out of whose reach the training ends.
    """

    steps: int = 2000
    batch: int = 64
    learning_rate: float = 5e-3
    decay: float = 4.0
    every: int = 20
    patience: int = 10
    ema: float = 0.95
    rival: float | None = None

    @property
    def plan(self) -> Minibatch:
        """The same for the loop."""
        return Minibatch(
            self.steps,
            self.batch,
            self.learning_rate,
            every=self.every,
            optimizer=TowardsIdentity(self.decay),
            clip=5.0,
            ema=self.ema,
            patience=self.patience,
            rival=self.rival,
            skip=10,
        )


def train(
    flow: Flow,
    rows: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    training: Training,
    fill: Fill | None,
    *,
    seed: int,
    monitor: Monitor,
    name: str,
) -> Trained:
    """Maximise the likelihood of rows given their context, and keep the weights best on validation rows.

    Args:
        flow: Trained in place.
        rows: Rows (n, d) and context (n, c), in the flow's dtype; NaN where missing.
        validation: The same, complete.
        training: Sizes.
        fill: Completes the rows; None where none is missing.
        seed: Of the batches.
        monitor: Given every step.
        name: Tells this training from others of the same run.
    """

    def loss(batch: tuple[Tensor, Tensor]) -> Tensor:
        x, context = batch
        return -flow.log_prob(x, context if context.shape[1] else None).mean()

    source = Rows(rows, training.batch) if fill is None else Filled(rows, training.batch, fill)
    return fit(
        flow, loss, source, training.plan, seed=seed, monitor=monitor, validation=validation, name=name
    )


def as_tensors(x: Array, context: Array, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return rows and their context as tensors."""
    return torch.from_numpy(x).to(dtype), torch.from_numpy(context).to(dtype)

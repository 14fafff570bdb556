"""Learn an operator from pairs of functions: by a network, or by ridge regression."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.status import Status
from sciml.operators.data import OperatorData
from sciml.operators.fields import OperatorFields
from sciml.operators.files.names import UNNAMED, Names
from sciml.operators.frames.augment import Symmetries
from sciml.operators.frames.frame import Framed
from sciml.operators.judge import as_field
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.precision import exact_matmul
from sciml.operators.recipe import HELD, OperatorRecipe, Seeds
from sciml.operators.spaces import Line, Space
from sciml.operators.spec import FrameSpec, OperatorSpec
from sciml.runs.described import name_of
from sciml.training.fit import Trained, fit


@dataclass(frozen=True)
class Task:
    """What is known of an operator before it is learned.

    Attributes:
        recipe: Sizes.
        frame: Where models work.
        symmetries: Those of the operator, in the frame.
        linear: Whether the ridge regression is linear; else it has a kernel and knows the symmetries.
        domain: The interval whose points the grid's 0 and 1 stand for.
        names: Of the arrays of the file that the pairs come from.
        space: What the functions live on.
    """

    recipe: OperatorRecipe
    frame: FrameSpec = FrameSpec()
    symmetries: Symmetries = Symmetries()
    linear: bool = True
    domain: tuple[float, ...] = (0.0, 1.0)
    names: Names = UNNAMED
    space: Space = Line()

    def framed(self, made_of: OperatorSpec, pairs: OperatorData) -> OperatorSpec:
        """Return a model in this task's frame, for the channels of the pairs."""
        channels = {"in_channels": pairs.inputs.shape[2], "out_channels": pairs.outputs.shape[2]}
        return replace(made_of, frame=self.frame, reflect=self.symmetries.reflect, **channels)


@dataclass(frozen=True)
class Learned:
    """A model with what it took to get it."""

    fields: OperatorFields
    trained: Trained
    seconds: float

    @property
    def solved(self) -> bool:
        """Whether it was solved by linear algebra."""
        return self.fields.made_of.model.solved

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it is not what was learned; nothing of a model that needs no training."""
        return () if self.solved else self.trained.doubts


def regression(task: Task, pairs: OperatorData) -> Learned:
    """Return the ridge regression on the pairs, linear or with a kernel."""
    began = time.process_time()
    made_of = task.framed(task.recipe.regression(task.linear, len(pairs)), pairs)
    framed = made_of.build()
    inner, target = inward(framed, pairs)
    framed.operator.fit(inner, target)  # type: ignore[operator]
    seconds = time.process_time() - began
    fields = OperatorFields(made_of, framed.eval(), task.space.range(inner), task.domain, task.names)
    return Learned(fields, Trained(Status.CONVERGED, "solved by linear algebra", 0, 0.0, 0), seconds)


def network(task: Task, model: str, pairs: OperatorData, settings: Settings, monitor: Monitor) -> Learned:
    """Return the network trained on the pairs, the first sixteenth of them held out."""
    began, seeds = time.process_time(), Seeds.of(settings.seed)
    dtype = settings.dtype or torch.float32
    made_of = task.framed(task.recipe.spec(model + task.space.suffix), pairs)
    made_of = replace(made_of, dtype=name_of(dtype))
    framed = made_of.build(seeds.network).to(settings.device)
    inner, target = inward(framed, pairs)
    seen = task.space.range(inner).to(settings.device)
    both = tuple(x.to(settings.device) for x in (inner.values, target))
    framed.operator.scale_to(*both, centred=not framed.reflect)  # type: ignore[operator]
    with exact_matmul(settings.device):
        trained = train(framed, both, task, settings, monitor)
    seconds = time.process_time() - began
    return Learned(OperatorFields(made_of, framed, seen, task.domain, task.names), trained, seconds)


def train(
    framed: Framed, both: tuple[Tensor, ...], task: Task, settings: Settings, monitor: Monitor
) -> Trained:
    """Minimise the loss in the frame over samples shifted and reflected as the symmetries allow.

    The operator's means and scales are set; the loss is that of what they leave, so that each output channel
    counts by its own size.
    """
    recipe, operator = task.recipe, framed.operator
    assert isinstance(operator, NeuralOperator)
    dtype = operator.dtype or torch.float64
    both = operator.scaled_input(both[0]).to(dtype), operator.scaled_output(both[1]).to(dtype)
    judged = max(1, len(both[0]) // HELD)
    loss, x = task.space.loss(recipe.gamma, both[1]), task.space.points(both[0])[None]

    def mean_loss(pair: tuple[Tensor, Tensor]) -> Tensor:
        inputs, outputs = pair
        return loss(operator.evaluate(Field(inputs, x.expand(len(inputs), -1, -1))), outputs)

    return fit(
        operator,
        mean_loss,
        task.space.rows(tuple(part[judged:] for part in both), recipe.batch, task.symmetries),
        recipe.plan(settings.max_steps, settings.method),
        seed=Seeds.of(settings.seed).batches,
        monitor=monitor,
        validation=tuple(part[:judged] for part in both),
    )


def inward(framed: Framed, pairs: OperatorData) -> tuple[Field, Tensor]:
    """Return inputs and outputs in the frame, float64."""
    field, outputs = as_field(pairs, torch.float64, torch.device("cpu"))
    return framed.frame.inward(field), framed.frame.inward_output(outputs, field)

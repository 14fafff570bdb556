"""How far an operator is from the exact one, on one resolution after another."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.fields import OperatorFields
from sciml.operators.losses import channel_errors
from sciml.operators.models.field import Field
from sciml.operators.skill import Skill, skill

AT_ONCE = 2**15  # points evaluated in one call
FACTORS = (1, 2, 4, 8, 16)  # times the spacing of the training grid
MEAN, PERSISTENCE = "the mean output", "the input as it is"


@dataclass(frozen=True)
class GridErrors:
    """Relative L2 errors on one grid.

    Attributes:
        points: Of the grid.
        errors: One a sample and output channel, (N, c).
        seconds: CPU seconds a sample of the prediction.
        skill: What the prediction is worth beside the trivial ones.
        trivial: The error of each of these.
        fluctuation: The error relative to what varies about the mean output, of the worst channel.
    """

    points: int
    errors: Array
    seconds: float
    skill: Skill
    trivial: Mapping[str, float] = field(default_factory=dict)
    fluctuation: float = 0.0

    @property
    def channels(self) -> list[float]:
        """The mean over samples, of each output channel."""
        return [float(mean) for mean in self.errors.mean(0)]

    @property
    def error(self) -> float:
        """The mean over samples, of the worst output channel."""
        return max(self.channels)


def as_field(data: OperatorData, dtype: torch.dtype, device: torch.device) -> tuple[Field, Tensor]:
    """Return inputs as a field, and outputs (N, n, c)."""
    inputs, outputs, positions = (
        torch.from_numpy(x).to(device, dtype) for x in (data.inputs, data.outputs, data.positions)
    )
    return Field(inputs, positions[None].expand(len(inputs), -1, -1)), outputs


@torch.no_grad()
def predict(operator: nn.Module, field: Field) -> Tensor:
    """Return the outputs of many inputs, some at a time."""
    size = max(1, AT_ONCE // field.values.shape[1])
    pieces = zip(field.values.split(size), field.positions.split(size), strict=True)
    return torch.cat([operator(Field(*piece)) for piece in pieces])


def judge(fields: OperatorFields, data: OperatorData, mean: Array | None = None) -> GridErrors:
    """Return the errors of a trained operator on test data, and its skill.

    Args:
        fields: The operator.
        data: The test data.
        mean: The mean output of the training (n, c); by default that of the test data, which is nearer.
    """
    field, outputs = as_field(data, fields.dtype, fields.device)
    began = time.process_time()
    predictions = predict(fields.operator, field)
    seconds = (time.process_time() - began) / len(outputs)
    rivals = trivial(field.values, outputs, mean)
    return GridErrors(
        data.points,
        channel_errors(predictions, outputs).cpu().double().numpy(),
        seconds,
        skill(predictions, outputs, rivals),
        {name: float(channel_errors(rival, outputs).mean(0).max()) for name, rival in rivals.items()},
        1 - skill(predictions, outputs, {MEAN: rivals[MEAN]}).value,
    )


def residuals(fields: OperatorFields, data: OperatorData) -> Array:
    """Return predictions less outputs, (N, n, c)."""
    field, outputs = as_field(data, fields.dtype, fields.device)
    off: Array = (predict(fields.operator, field) - outputs).cpu().double().numpy()
    return off


def trivial(inputs: Tensor, outputs: Tensor, mean: Array | None = None) -> dict[str, Tensor]:
    """Return the predictions that need no learning: the mean output, and the input where it could be one."""
    middle = outputs.mean(0) if mean is None else torch.from_numpy(mean).to(outputs)
    rivals = {MEAN: middle.expand_as(outputs)}
    return {**rivals, PERSISTENCE: inputs} if inputs.shape == outputs.shape else rivals

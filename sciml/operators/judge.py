"""How far an operator is from the exact one, on one resolution after another."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.fields import OperatorFields
from sciml.operators.losses import relative_l2
from sciml.operators.models.field import Field

AT_ONCE = 2**15  # points evaluated in one call
FACTORS = (1, 2, 4, 8, 16)  # times the spacing of the training grid


@dataclass(frozen=True)
class GridErrors:
    """Relative L2 errors on one grid.

    Attributes:
        points: Of the grid.
        errors: One a sample.
        seconds: CPU seconds a sample of the prediction.
    """

    points: int
    errors: Array
    seconds: float

    @property
    def error(self) -> float:
        """The mean over samples."""
        return float(self.errors.mean())


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


def judge(fields: OperatorFields, data: OperatorData) -> GridErrors:
    """Return the errors of a trained operator on test data."""
    field, outputs = as_field(data, fields.dtype, fields.device)
    began = time.process_time()
    predictions = predict(fields.operator, field)
    seconds = (time.process_time() - began) / len(outputs)
    return GridErrors(data.points, relative_l2(predictions, outputs).cpu().double().numpy(), seconds)

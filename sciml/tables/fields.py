"""A fitted table density as a function of position, as it is saved, and rebuilt from what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.tables.model import TableDensity


class TableFields(Fields):
    """The field log p of the rows of a table."""

    def __init__(self, density: TableDensity) -> None:
        self.density = density

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the density is made of."""
        return self.density.values()

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """All its numbers."""
        return self.density.state_dict()

    @property
    def dtype(self) -> torch.dtype:
        """That of rows and of log densities, whatever the flow computes in."""
        return torch.float64

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return `log_prob` of rows (n, columns) of numbers in the table's order, in nats."""
        return {"log_prob": torch.from_numpy(self.density.log_prob(x.cpu().numpy()))}

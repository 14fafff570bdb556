"""Rows of data: which are held out, and in which order the others come."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from sciml.errors import DataError


def split(data: Tensor, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the rows to train on and those held out, at least one each."""
    if len(data) < 2:
        raise DataError(f"data: got {len(data)} rows, expected at least 2, one of them to hold out")
    order = torch.randperm(len(data), generator=generator).to(data.device)
    held = min(max(1, round(share * len(data))), len(data) - 1)
    return data[order[held:]], data[order[:held]]


def batches(data: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield batches without end: each pass takes the rows in a new order, an incomplete batch left out."""
    while True:
        order = torch.randperm(len(data), generator=generator).to(data.device)
        for index in order.split(size)[: max(1, len(data) // size)]:
            yield data[index]

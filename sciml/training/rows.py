"""Where batches come from: rows in memory, a source that makes them by number, or any iterable of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.numerics.seeds import generator

Batch = Tensor | tuple[Tensor, ...]


@runtime_checkable
class BatchSource(Protocol):
    """Makes the batch of any step; the same step and seed give the same batch, so that a run can go on."""

    def batch(self, step: int, seed: int) -> Batch:
        """Return the rows of a step, counted from 0."""
        ...


class Rows:
    """Batches of rows in memory: each pass takes them in a new order, an incomplete batch left out.

    Attributes:
        data: A tensor, or several with a row each for every sample.
        index: Numbers of the rows to use.
        size: Rows a batch.
    """

    def __init__(self, data: Batch, size: int, index: Tensor | None = None) -> None:
        self.data, self.size = data, size
        self.index = torch.arange(count(data)) if index is None else index
        self._order: tuple[tuple[int, int], Tensor] | None = None

    def numbers(self, step: int, seed: int) -> Tensor:
        """Return which rows of the data a step takes."""
        batches = max(1, len(self.index) // self.size)
        turn, place = divmod(step, batches)
        return self._shuffled(turn, seed)[place * self.size : (place + 1) * self.size]

    def batch(self, step: int, seed: int) -> Batch:
        """Return the rows of a step."""
        return take(self.data, self.numbers(step, seed))

    def _shuffled(self, turn: int, seed: int) -> Tensor:
        """Return the order of a pass, which hangs on the seed and on the number of the pass alone."""
        if self._order is None or self._order[0] != (turn, seed):
            order = torch.randperm(len(self.index), generator=generator(seed, turn))
            self._order = (turn, seed), self.index[order]
        return self._order[1]


class Stream:
    """Batches of an iterable, begun again when it ends; to go on at a step, those before are passed over."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.batches = batches
        self._open: Iterator[Batch] = iter(batches)
        self._next = 0

    def batch(self, step: int, seed: int) -> Batch:
        """Return the rows of a step; the seed is the iterable's own matter."""
        if step < self._next:
            self._open, self._next = iter(self.batches), 0
        batch = self._draw()
        while self._next <= step:
            batch = self._draw()
        return batch

    def _draw(self) -> Batch:
        for _ in range(2):
            for batch in self._open:
                self._next += 1
                return batch
            self._open = iter(self.batches)
        raise DataError(f"data: the stream ended after {self._next} batches and cannot be begun again")


def as_source(
    data: Batch | BatchSource | Iterable[Batch],
    size: int,
    share: float,
    seed: int,
    validation: Batch | None,
) -> tuple[BatchSource, Batch]:
    """Return where the batches come from, and the rows to judge by: given ones, or a `share` of the data."""
    if isinstance(data, Tensor) or (isinstance(data, tuple) and all(isinstance(x, Tensor) for x in data)):
        if validation is not None:
            return Rows(data, size), validation
        training, validating = split(count(data), share, torch.Generator().manual_seed(seed))
        return Rows(data, size, training), take(data, validating)
    if validation is None:
        raise ArgumentError("validation: got None with streamed data, expected rows to judge the training by")
    if isinstance(data, BatchSource):
        return data, validation
    if isinstance(data, Iterable):
        return Stream(data), validation
    raise ArgumentTypeError(
        f"data: got {type(data).__name__}, expected a tensor, a tuple of them, a source, or an iterable of "
        "batches"
    )


def split(rows: int, share: float, draws: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return the numbers of the rows to train on and of those held out, at least one each."""
    if rows < 2:
        raise DataError(f"data: got {rows} rows, expected at least 2, one of them to hold out")
    order = torch.randperm(rows, generator=draws)
    size = min(max(1, round(share * rows)), rows - 1)
    return order[size:], order[:size]


def parts(batch: Batch) -> tuple[Tensor, ...]:
    """Return the tensors of a batch."""
    return (batch,) if isinstance(batch, Tensor) else batch


def count(data: Batch) -> int:
    """Return the number of rows, the same in each tensor."""
    shapes = [tuple(x.shape) for x in parts(data)]
    if not shapes or any(not shape for shape in shapes) or len({shape[0] for shape in shapes}) > 1:
        raise DataError(f"data: got the shapes {shapes}, expected tensors with as many rows each")
    return int(shapes[0][0])


def take(data: Batch, index: Tensor | slice) -> Batch:
    """Return some rows of the data."""
    if isinstance(data, Tensor):
        return data[index.to(data.device) if isinstance(index, Tensor) else index]
    return tuple(x[index.to(x.device) if isinstance(index, Tensor) else index] for x in data)


def fingerprint(source: BatchSource) -> str:
    """Return a checksum of rows in memory; a stream is known by its type alone."""
    if not isinstance(source, Rows):
        return type(source).__qualname__
    digest = hashlib.sha256()
    for x in (source.index, *parts(source.data)):
        digest.update(f"{x.dtype} {tuple(x.shape)}".encode())
        digest.update(x.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

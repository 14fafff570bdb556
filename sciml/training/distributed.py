"""Data-parallel training: every process takes its share of each batch, and all make the same step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn

from sciml.errors import ScimlError
from sciml.training.best import tensors_of
from sciml.training.rows import Batch, count, take

PATIENCE = 300.0  # seconds that a process waits for the others


class WorkerLost(ScimlError):
    """Another process of a distributed run died, or stopped answering."""


@dataclass(frozen=True)
class Team:
    """The processes that train one model together; alone, every method does what its name says at no cost.

    Attributes:
        rank: Number of this process; the one with rank 0 validates and writes.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    def gradients(
        self, loss: Callable[[Batch], Tensor], batch: Batch, parameters: Sequence[nn.Parameter]
    ) -> Tensor:
        """Leave the gradient of a batch's mean loss in the parameters, and return that loss.

        Each process differentiates the mean over its own rows; the sum over processes, each weighted by
        its share of the rows, is the mean over all rows: Σ_r (n_r/n) ∇L_r = ∇L.
        """
        if self.size == 1:
            value = loss(batch)
            torch.autograd.backward(value)
            return value.detach()
        mine = take(batch, slice(self.rank, None, self.size))
        value = torch.zeros((), device=parameters[0].device)
        if count(mine):
            share = loss(mine) * (count(mine) / count(batch))
            torch.autograd.backward(share)
            value = share.detach()
        return self._summed(value, parameters)

    def _summed(self, value: Tensor, parameters: Sequence[nn.Parameter]) -> Tensor:
        """Sum losses and gradients over the processes; what none has a gradient of is left without."""
        device = parameters[0].device
        there = torch.tensor([float(p.grad is not None) for p in parameters], device=device)
        slopes = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([value.reshape(1), there, *(slope.flatten() for slope in slopes)])
        self._call(lambda: dist.all_reduce(flat))
        total, there, rest = torch.split(flat, [1, len(parameters), len(flat) - 1 - len(parameters)])
        pieces = torch.split(rest, [p.numel() for p in parameters])
        for p, moved, piece in zip(parameters, there.tolist(), pieces, strict=True):
            p.grad = piece.view_as(p).to(p.dtype) if moved else None
        return total[0]

    def any(self, wish: bool, device: torch.device) -> bool:
        """Return whether one of the processes has this wish."""
        if self.size == 1:
            return wish
        flag = torch.tensor(float(wish), device=device)
        self._call(lambda: dist.all_reduce(flag))
        return bool(flag > 0)

    def first(self, compute: Callable[[], float], device: torch.device | str) -> float:
        """Return what the first process computes."""
        if self.size == 1:
            return compute()
        value = torch.tensor(compute() if self.rank == 0 else 0.0, dtype=torch.float64, device=device)
        self._call(lambda: dist.broadcast(value, 0))
        return float(value)

    def share_bytes(self, data: bytes, device: torch.device) -> bytes:
        """Return the first process's bytes."""
        if self.size == 1:
            return data
        length = int(self.first(lambda: len(data), device))
        buffer = torch.zeros(length, dtype=torch.uint8, device=device)
        if self.rank == 0 and length:
            buffer.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        if length:
            self._call(lambda: dist.broadcast(buffer, 0))
        return buffer.cpu().numpy().tobytes()

    @torch.no_grad()
    def agree(self, model: nn.Module) -> None:
        """Give every process the first one's parameters and buffers."""
        for value in tensors_of(model).values() if self.size > 1 else ():
            self._call(lambda value=value: dist.broadcast(value, 0))  # type: ignore[misc]

    def device(self, asked: str) -> str:
        """Return this process's own device: where GPUs are asked for, that of its number on the machine."""
        return f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if self.size > 1 and asked == "cuda" else asked

    def _call(self, exchange: Callable[[], object]) -> None:
        try:
            exchange()
        except RuntimeError as error:
            raise WorkerLost(
                f"distributed: process {self.rank} of {self.size} lost the others "
                f"({str(error).splitlines()[0][:120]}); start again with --resume from the last checkpoint"
            ) from error


def current() -> Team:
    """Return the processes that `torch.distributed` has joined; this one alone where it has not."""
    if dist.is_available() and dist.is_initialized():
        return Team(dist.get_rank(), dist.get_world_size())
    return Team()


def leads() -> bool:
    """Whether this process is the one that prints and writes, by what torchrun says."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: str = "cpu", patience: float = PATIENCE) -> Iterator[Team]:
    """Join the processes that torchrun started, and leave them at the end; alone without torchrun.

    Args:
        device: What the training computes on: gloo connects CPUs, NCCL GPUs.
        patience: Seconds to wait for the others before giving them up.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or dist.is_initialized():
        yield current()
        return
    backend = "nccl" if device.startswith("cuda") else "gloo"
    dist.init_process_group(backend, timeout=timedelta(seconds=patience))
    try:
        yield current()
    finally:
        dist.destroy_process_group()

"""Walkers that look for where an energy is low: Hamiltonian Monte Carlo from starts near and far."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from sciml.errors import ArgumentError, DataError

Energy = Callable[[Tensor], Tensor]

STARTS = (0.3, 1.0, 3.0, 10.0)  # standard deviations that walkers start with, in turn
LEAPS = 8  # of one proposal
WANTED = 0.7  # share of proposals to accept
ADAPT = 0.1  # by how much the logarithm of a step follows whether its proposal was accepted
FIRST = 0.1  # step


def walk(
    energy: Energy, features: int, walkers: int, steps: int, generator: torch.Generator, dtype: torch.dtype
) -> Tensor:
    """Return where so many walkers are after so many proposals, (walkers, features).

    Each walker has a step of its own, so that narrow and wide places are walked in alike. Walkers do not
    leave their mode where barriers are high: what share of them is in a mode is not its weight.

    Raises:
        DataError: If the energy is finite at no start.
    """
    x = _starts(walkers, features, generator).to(dtype)
    step = torch.full((walkers, 1), FIRST, dtype=dtype)
    level, slope = _evaluate(energy, x)
    if not level.isfinite().any():
        raise DataError("energy: is finite at none of the starts, of order one; shift or scale its argument")
    for _ in range(steps):
        push = torch.randn(x.shape, generator=generator, dtype=dtype)
        end, end_level, end_slope, end_push = _leap(energy, x, slope, push, step)
        gain = level - end_level + 0.5 * (push.square() - end_push.square()).sum(1)
        chance = torch.rand(walkers, generator=generator, dtype=dtype)
        lost = level.isinf() & end_level.isfinite()
        accept = ((chance.log() < gain) & end_level.isfinite()) | lost
        x, slope = (torch.where(accept[:, None], a, b) for a, b in ((end, x), (end_slope, slope)))
        level = torch.where(accept, end_level, level)
        step = step * (ADAPT * (accept.to(step.dtype) - WANTED)).exp()[:, None]
    return x[level.isfinite()]


def _starts(walkers: int, features: int, generator: torch.Generator) -> Tensor:
    widths = torch.tensor(STARTS, dtype=torch.float64).repeat(math.ceil(walkers / len(STARTS)))[:walkers]
    return widths[:, None] * torch.randn(walkers, features, generator=generator, dtype=torch.float64)


def _leap(
    energy: Energy, x: Tensor, slope: Tensor, push: Tensor, step: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return place, energy, slope and push after some leapfrog steps."""
    for _ in range(LEAPS):
        push = push - 0.5 * step * slope
        x = x + step * push
        level, slope = _evaluate(energy, x)
        push = push - 0.5 * step * slope
    return x, level, slope, push


def _evaluate(energy: Energy, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return energies (n,), infinite where they are not finite, and slopes (n, features), zero there."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        level = checked(energy(x), len(x))
        slope = torch.autograd.grad(level.sum(), x)[0]
    good = level.isfinite() & slope.isfinite().all(1)
    return torch.where(good, level.detach(), torch.inf), torch.where(good[:, None], slope, 0.0)


def checked(level: object, rows: int) -> Tensor:
    """Return what an energy gave, one number a row.

    Raises:
        ArgumentError: If it is shaped otherwise, or cannot be differentiated.
    """
    if not isinstance(level, Tensor) or level.shape != (rows,):
        shown = tuple(level.shape) if isinstance(level, Tensor) else type(level).__name__
        raise ArgumentError(f"energy: got {shown}, expected a tensor of shape ({rows},), a number a row")
    if not level.requires_grad:
        raise ArgumentError("energy: its values have no gradient; compute them by torch's operations alone")
    return level

"""Standard least-squares problems, each with whether its minimiser is unique."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

F64 = torch.float64


@dataclass(frozen=True)
class Case:
    name: str
    function: Callable[[Tensor], Tensor]
    start: tuple[float, ...]
    unique: bool = True
    theta_tol: float = 1e-6

    @property
    def theta(self) -> Tensor:
        return torch.tensor(self.start, dtype=F64)


def rosenbrock(t):
    return torch.stack([10.0 * (t[1] - t[0] ** 2), 1.0 - t[0]])


def powell_singular(t):
    return torch.stack(
        [t[0] + 10.0 * t[1], 5**0.5 * (t[2] - t[3]), (t[1] - 2.0 * t[2]) ** 2, 10**0.5 * (t[0] - t[3]) ** 2]
    )


def beale(t):
    return torch.stack([c - t[0] * (1.0 - t[1] ** k) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))])


def freudenstein_roth(t):
    x, y = t
    return torch.stack([x - 13.0 + ((5.0 - y) * y - 2.0) * y, x - 29.0 + ((y + 1.0) * y - 14.0) * y])


GRID = torch.linspace(0.0, 4.0, 25, dtype=F64)
DECAY = 3.0 * torch.exp(-0.7 * GRID) + 0.5 + 0.05 * torch.sin(9.0 * GRID)


def exponential_fit(t):
    return t[0] * torch.exp(-t[1] * GRID) + t[2] - DECAY


def log_and_root(t):
    """Beyond either axis lie NaNs."""
    return torch.stack([torch.log(t[0]) - 3.0, torch.sqrt(t[1]) - 2.0, 0.01 * t[0] * t[1] - 1.0])


def _rank_deficient(rows: int, columns: int, rank: int) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(rows)
    left = torch.randn(rows, rank, generator=generator, dtype=F64)
    right = torch.randn(rank, columns, generator=generator, dtype=F64)
    target = torch.randn(rows, generator=generator, dtype=F64)
    return lambda theta: left @ (right @ theta) - target


CASES = (
    Case("rosenbrock", rosenbrock, (-1.2, 1.0)),
    Case("powell-singular", powell_singular, (3.0, -1.0, 0.0, 1.0), theta_tol=1e-3),
    Case("beale", beale, (1.0, 1.0)),
    Case("freudenstein-roth", freudenstein_roth, (0.5, -2.0)),
    Case("exponential-fit", exponential_fit, (1.0, 0.2, 0.0)),
    Case("log-and-root", log_and_root, (3.0, 0.1)),
    Case("tall-rank-deficient", _rank_deficient(12, 8, 4), (0.5,) * 8, unique=False),
    Case("wide-rank-deficient", _rank_deficient(5, 8, 3), (0.5,) * 8, unique=False),
)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request) -> Case:
    return request.param

"""Monotone maps of each column by itself: Yeo-Johnson, logarithm, logit; and maps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, cast

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from sciml.errors import ArgumentError
from sciml.flows import validate
from sciml.flows.transforms.transform import AbstractTransform, context_of
from sciml.numerics.domains import Array

EDGE = 0.02  # how near the exponents of Yeo-Johnson come to 0 and 2, where the map would lose its range
SERIES = 1e-3  # below it (e^t - 1)/t is summed as a series, whose derivative does not cancel


class YeoJohnson(AbstractTransform):
    """The map z = sign(x) h(κ, log(1 + |x|)), h(κ, u) = (e^{κu} - 1)/κ, with κ = λ for x ≥ 0, else 2 - λ.

    log dz/dx = (κ - 1) log(1 + |x|). The exponents λ, one a column and trainable, stay between 0 and 2: only
    there does the map reach every number, so that its inverse exists and densities keep their mass.

    Reference: Yeo and Johnson, A new family of power transformations to improve normality or symmetry, 2000.

    Args:
        exponents: λ, (features,), between 0 and 2; 1 is the identity.
    """

    def __init__(self, exponents: Tensor) -> None:
        super().__init__(len(exponents))
        if not ((exponents > 0) & (exponents < 2)).all():
            raise ArgumentError(f"exponents: got {exponents.tolist()}, expected numbers between 0 and 2")
        self.raw = nn.Parameter((exponents.detach() - 1).clamp(EDGE - 1, 1 - EDGE).atanh())

    @classmethod
    def fit(cls, x: Tensor) -> Self:
        """Return the map that makes each column of x, (n, features), as normal as it can: λ by likelihood.

        Columns should be of order one: the map bends at |x| of about 1.
        """
        validate.finite("x", x)
        columns = x.detach().cpu().double().T
        return cls(torch.tensor([_likeliest(c.numpy()) for c in columns], dtype=x.dtype, device=x.device))

    @property
    def exponents(self) -> Tensor:
        """λ, (features,)."""
        return 1 + self.raw.tanh()

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        power, u = self._power(x), x.abs().log1p()
        return x.sign() * u * _ratio(power * u), ((power - 1) * u).sum(1)

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        power = self._power(z)
        u = (power * z.abs()).log1p() / power
        return z.sign() * u.expm1(), ((1 - power) * u).sum(1)

    def _power(self, x: Tensor) -> Tensor:
        return torch.where(x >= 0, self.exponents, 2 - self.exponents)


class Log(AbstractTransform):
    """The map z = log(x - low), for columns above a bound; log|det| = -∞ for a row that is not.

    Args:
        low: (features,); by default x > 0.
    """

    low: Tensor

    def __init__(self, low: Tensor) -> None:
        super().__init__(len(low))
        self.register_buffer("low", low.detach().clone())

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        above = x - self.low
        inside = above > 0
        z = torch.where(inside, above, torch.ones_like(x)).log()
        return z, _outside(-z.sum(1), inside)

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return self.low + z.exp(), z.sum(1)


class Logit(AbstractTransform):
    """The map z = log((x - low)/(high - x)), for columns between bounds; log|det| = -∞ for a row outside.

    Args:
        low: (features,).
        high: (features,), above `low`.
    """

    low: Tensor
    high: Tensor

    def __init__(self, low: Tensor, high: Tensor) -> None:
        super().__init__(len(low))
        low, high = validate.interval(low, high)
        self.register_buffer("low", low)
        self.register_buffer("high", high)

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        inside = (x > self.low) & (x < self.high)
        middle = ((self.low + self.high) / 2).expand_as(x)
        safe = torch.where(inside, x, middle)
        below, above = (safe - self.low).log(), (self.high - safe).log()
        width = (self.high - self.low).log()
        return below - above, _outside((width - below - above).sum(1), inside)

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        # From the nearer bound, so that none is lost by rounding.
        width, small = self.high - self.low, (-z.abs()).sigmoid()
        x = torch.where(z < 0, self.low + width * small, self.high - width * small)
        slopes = width.log() - z.abs() - 2 * (-z.abs()).exp().log1p()
        return x, slopes.sum(1)


class SideBySide(AbstractTransform):
    """Several maps, each of its own columns, in order: z = (f_1(x_1), f_2(x_2), …), log-determinants added.

    Args:
        transforms: f_1, f_2, …; those that take a context take the same.
    """

    def __init__(self, transforms: Sequence[AbstractTransform]) -> None:
        super().__init__(sum(t.features for t in transforms), context_of(transforms))
        self.transforms = nn.ModuleList(transforms)

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return _joined([f._forward(part, _for(f, context)) for f, part in self._parts(x)])

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return _joined([f._inverse(part, _for(f, context)) for f, part in self._parts(z)])

    def _parts(self, x: Tensor) -> list[tuple[AbstractTransform, Tensor]]:
        transforms = cast(list[AbstractTransform], list(self.transforms))
        return list(zip(transforms, x.split([f.features for f in transforms], 1), strict=True))


def _for(transform: AbstractTransform, context: Tensor | None) -> Tensor | None:
    return context if transform.context_features else None


def _joined(parts: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    return torch.cat([z for z, _ in parts], 1), torch.stack([log_det for _, log_det in parts]).sum(0)


def _outside(log_det: Tensor, inside: Tensor) -> Tensor:
    return torch.where(inside.all(1), log_det, torch.full_like(log_det, -torch.inf))


def _ratio(t: Tensor) -> Tensor:
    """Return (e^t - 1)/t."""
    small = t.abs() < SERIES
    near, away = torch.where(small, t, torch.zeros_like(t)), torch.where(small, torch.ones_like(t), t)
    series = 1 + near / 2 * (1 + near / 3 * (1 + near / 4 * (1 + near / 5)))
    return torch.where(small, series, away.expm1() / away)


def _likeliest(x: Array) -> float:
    """Return the λ of largest normal likelihood, -n/2 log var(z) + (λ - 1) Σ sign(x) log(1 + |x|)."""
    column = torch.from_numpy(x)[:, None]
    slope = float((column.sign() * column.abs().log1p()).mean())

    def loss(exponent: float) -> float:
        z, _ = YeoJohnson(torch.tensor([exponent], dtype=torch.float64))._forward(column, None)
        return 0.5 * float(z.var(correction=0).log()) - (exponent - 1) * slope

    with torch.no_grad():
        return float(minimize_scalar(loss, bounds=(EDGE, 2 - EDGE), method="bounded").x)

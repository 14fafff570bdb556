"""The multivariate Student-t density: a base with heavy tails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from sciml.arguments import check_number
from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase, BaseSpec

LEAST, MOST = 0.1, 1e4  # degrees of freedom


class StudentT(AbstractBase):
    """The density Γ((ν+d)/2) / (Γ(ν/2) (νπ)^(d/2)) (1 + |z|²/ν)^(-(ν+d)/2), with ν learned.

    One ν for all d features: they are uncorrelated but not independent, large together. A draw is
    n √(ν/c) with n standard normal and c chi-square of ν degrees of freedom.

    Reference: Jaini, Kobyzev, Yu and Brubaker, Tails of Lipschitz triangular flows, 2020.

    Args:
        features: d, columns of z.
        degrees: the first ν, between 0.1 and 10⁴.
        dtype: of the parameter log ν; by default torch's default.
    """

    def __init__(self, features: int, degrees: float = 10.0, dtype: torch.dtype | None = None) -> None:
        super().__init__(features)
        check_number("degrees", degrees, low=LEAST, high=MOST)
        dtype = validate.floating("dtype", dtype or torch.get_default_dtype())
        self.log_degrees = nn.Parameter(torch.tensor(math.log(degrees), dtype=dtype))

    @property
    def degrees(self) -> Tensor:
        """ν, of no dimension."""
        return self.log_degrees.clamp(math.log(LEAST), math.log(MOST)).exp()

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,), finite wherever z is."""
        # |z|² of far rows overflows; 1 + |z|²/ν = s² (1/s² + |z/s|²/ν) for any s does not.
        scale = z.detach().abs().amax(1).clamp(min=1)
        inner = scale.reciprocal().square() + (z / scale[:, None]).square().sum(1) / self.degrees
        growth = 2 * scale.log() + inner.log()
        return self._log_peak().to(z.dtype) - (self.degrees + self.features) / 2 * growth

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""
        shape = (n, self.features)
        normal = torch.randn(shape, generator=generator, dtype=like.dtype, device=like.device)
        half = (self.degrees / 2).to(like.dtype).expand(n)
        gamma = torch._standard_gamma(half, generator=generator)
        return normal * (half / gamma.clamp(min=torch.finfo(like.dtype).tiny)).sqrt()[:, None]

    def _log_peak(self) -> Tensor:
        # In float64: for large ν two large numbers are subtracted.
        half, d = self.degrees.double() / 2, self.features
        return (half + d / 2).lgamma() - half.lgamma() - d / 2 * (2 * math.pi * half).log()


@dataclass(frozen=True)
class StudentTSpec(BaseSpec):
    """The multivariate Student-t density."""

    name: ClassVar[str] = "student-t"

    def build(self, features: int, dtype: torch.dtype, rows: Tensor | None, seed: int) -> StudentT:
        """Return the base."""
        return StudentT(features, dtype=dtype)

    def least_parameters(self, features: int) -> int:
        """Return 1, for ν."""
        return 1

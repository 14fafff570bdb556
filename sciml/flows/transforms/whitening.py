"""Shift, scale and decorrelate columns by fixed numbers found from data."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from sciml.arguments import check_count, check_number
from sciml.errors import ArgumentError, DataError
from sciml.flows import validate
from sciml.flows.transforms.transform import AbstractTransform


class Whitening(AbstractTransform):
    """The fixed map z = A (x - shift) / scale, with log|det| = Σ log A_ii - Σ log scale_i.

    Made by `fit`, shift and scale are the mean and the standard deviation of each column, and
    A⁻¹ = chol((1 - δ) R + δ I), where R is the columns' correlation and δ the shrinkage that minimises the
    expected squared error of that estimate.

    Reference: Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, 2004,
    here with the diagonal of the covariance as the target.

    Args:
        shift: (features,).
        scale: (features,), positive.
        factor: A, (features, features), lower triangular with a positive diagonal; by default the identity.
    """

    shift: Tensor
    scale: Tensor
    factor: Tensor

    def __init__(self, shift: Tensor, scale: Tensor, factor: Tensor | None = None) -> None:
        factor = torch.eye(len(shift), dtype=shift.dtype) if factor is None else factor
        super().__init__(len(shift))
        _shaped("scale", scale, (self.features,))
        _shaped("factor", factor, (self.features, self.features))
        if not (scale > 0).all() or not (factor.diagonal() > 0).all() or factor.triu(1).any():
            raise ArgumentError(
                "scale, factor: expected scale > 0, and factor lower triangular with a diagonal > 0"
            )
        for name, value in (("shift", shift), ("scale", scale), ("factor", factor)):
            self.register_buffer(name, value.detach().clone(memory_format=torch.contiguous_format))

    @classmethod
    def identity(cls, features: int, dtype: torch.dtype | None = None) -> Self:
        """Return the map z = x, to be filled from a saved state."""
        ones = torch.ones(check_count("features", features), dtype=dtype)
        return cls(torch.zeros_like(ones), ones)

    @classmethod
    def fit(cls, x: Tensor, shrinkage: float | None = None) -> Self:
        """Return the map that whitens the rows x, (n, features).

        Args:
            x: at least two rows.
            shrinkage: δ from 0 to 1; 1 leaves correlations alone. By default it is estimated.

        Raises:
            DataError: if x is not finite, or a column is constant, or the columns are collinear and
                `shrinkage` is 0.
        """
        if shrinkage is not None:
            check_number("shrinkage", shrinkage, low=0, high=1)
        standard, shift, scale = standardized(x)
        correlation = standard.T @ standard / len(x)
        share = shrinkage_of(standard, correlation) if shrinkage is None else shrinkage
        lower, failed = torch.linalg.cholesky_ex((1 - share) * correlation + share * torch.eye(len(shift)))
        if failed:
            raise DataError("x: columns are collinear; remove one, or let shrinkage be above 0")
        eye = torch.eye(len(shift), dtype=torch.float64)
        factor = torch.linalg.solve_triangular(lower, eye, upper=False)
        return cls(*(value.to(x.dtype).to(x.device) for value in (shift, scale, factor)))

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        z = (self.factor @ ((x.T - self.shift[:, None]) / self.scale[:, None])).T
        return z, self._log_det().expand(len(x))

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        rows = torch.linalg.solve_triangular(self.factor, z.T, upper=False)
        x = (rows * self.scale[:, None] + self.shift[:, None]).T
        return x, -self._log_det().expand(len(z))

    def _log_det(self) -> Tensor:
        return self.factor.diagonal().log().sum() - self.scale.log().sum()


def standardized(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the rows with mean 0 and standard deviation 1 in every column, and shift and scale, in float64.

    Raises:
        DataError: if there are fewer than two rows, or a column is constant: its density is degenerate.
    """
    validate.finite("x", x)
    if len(x) < 2:
        raise DataError(f"x: got {len(x)} rows, expected at least 2")
    rows = x.detach().cpu().double()
    largest = rows.abs().amax(0).clamp(min=torch.finfo(torch.float64).tiny)  # squares would overflow
    rows = rows / largest
    shift, scale = rows.mean(0), rows.std(0, correction=0)
    constant = (rows == rows[0]).all(0).nonzero()[:, 0].tolist()
    if constant:
        raise DataError(f"x: column {constant[0]} is constant, its density is degenerate; remove it")
    return (rows - shift) / scale, shift * largest, scale * largest


def shrinkage_of(standard: Tensor, correlation: Tensor) -> float:
    """Return δ = Σ Var(R_ij) / Σ R_ij² over i ≠ j, between 0 and 1, for standardised rows."""
    variance = ((standard**2).T @ standard**2 / len(standard) - correlation**2) / len(standard)
    off = ~torch.eye(len(correlation), dtype=torch.bool)
    total = float(correlation[off].square().sum())
    return min(1.0, float(variance[off].sum()) / total) if total > 0 else 1.0


def _shaped(name: str, value: Tensor, shape: tuple[int, ...]) -> None:
    if value.shape != shape:
        raise ArgumentError(f"{name}: got the shape {tuple(value.shape)}, expected {shape}")

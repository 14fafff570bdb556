r"""Error bars of inferred constants, by the implicit function theorem.

The trained problem is r(w, p) = 0, the network and the other scalars w a function of the unknowns p:
dw/dp = −(∂r/∂w)⁺ ∂r/∂p. What is measured, whitened, has then the Jacobian G = ∂d/∂p + ∂d/∂w dw/dp, and the
covariance of p is (GᵀG)⁻¹: the Cramér–Rao bound at the estimates. With d′ the data's residual once the
network has made up for what is left of r, −(GᵀG)⁻¹Gᵀd′ is how far the estimates are from the best ones.

References:
    G. A. F. Seber and C. J. Wild, Nonlinear regression, Wiley (1989), chapter 5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sciml.numerics.domains import Array
from sciml.numerics.networks import MLP
from sciml.pinn.inverse import Observed, observed
from sciml.pinn.packing import pack
from sciml.pinn.scalars import Scalar
from sciml.pinn.system import ResidualSystem

FINER = 4  # times the points of the training, so that the rows outnumber the network's parameters
RIDGE = 1e-9  # of the largest singular value
FLOOR = 1e-12  # of the largest singular value: data that say nothing make errors huge, not infinite
TINY = 1e-100  # in place of a singular value of zero; its square is a number still
VAGUE = 10.0  # standard error of a raw number, of which the data then say nothing
IDENTIFIED = 0.5  # largest relative standard error of a constant that is called identified


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Standard errors of trained scalars, and what the data say of the model.

    Attributes:
        stds: Standard error of each trained scalar, in its unit.
        step: Gauss-Newton's step of all trained scalars' raw numbers towards the best estimates (T,).
        distance: The unknowns' part of that step in their standard errors, the largest.
        correlation: Of the unknowns, in the order of `unknowns`.
        unknowns: Their names.
        misfit: χ², the squared norm of the whitened residuals.
        count: How many values were measured.
    """

    stds: Mapping[str, float]
    step: Tensor
    distance: float
    correlation: Array
    unknowns: tuple[str, ...]
    misfit: float
    count: int

    @property
    def freedom(self) -> int:
        """How many more values were measured than are unknown."""
        return self.count - len(self.unknowns)

    def unidentified(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Return the unknowns whose standard error is half their value or more."""
        return tuple(name for name in self.unknowns if self.stds[name] >= IDENTIFIED * abs(values[name]))


def uncertainty(
    form: Observed, network: MLP, raw: Tensor, unknowns: Sequence[str], points: int
) -> Uncertainty:
    """Return the error bars of all trained scalars at the parameters found.

    Args:
        form: The problem with its data, unweighted.
        network: Its trained network.
        raw: The trained scalars' raw numbers (T,).
        unknowns: Names of the inferred constants.
        points: Quadrature points of the training.
    """
    names = [name for name, scalar in form.scalars.items() if scalar.trainable]
    grid = form.interval.quadrature(FINER * points)
    system = ResidualSystem(form, network, grid, device=str(raw.device))
    residual, jacobian = (part.double().cpu() for part in system.linearize(pack(network, raw)))
    data = _rows_of_data(system, form)
    first = jacobian.shape[1] - len(names)
    columns = [first + names.index(name) for name in unknowns]
    implicit = _implicit(jacobian, residual, data, columns)
    whitened, by_scalars = implicit.whitened, implicit.moved[first:]
    covariance = covariance_of(whitened)
    change = _gauss_newton(whitened, implicit.misfit)
    slopes = np.array([_slope(form.scalars[name], value) for name, value in zip(names, raw, strict=True)])
    stds = np.abs(slopes) * np.sqrt(np.diag(by_scalars @ covariance @ by_scalars.T))
    return Uncertainty(
        stds=dict(zip(names, stds.tolist(), strict=True)),
        step=torch.from_numpy(by_scalars @ change).to(raw),
        distance=float(np.abs(change / np.sqrt(np.diag(covariance))).max()),
        correlation=_correlation(covariance),
        unknowns=tuple(unknowns),
        misfit=float(residual[data].square().sum()),
        count=int(data.sum()),
    )


def covariance_of(whitened: Array) -> Array:
    """Return (GᵀG)⁻¹ of a whitened Jacobian (n, k)."""
    _, singular, right = np.linalg.svd(whitened, full_matrices=False)
    floored = np.maximum(singular, max(FLOOR * singular.max(), TINY))
    return np.asarray((right.T / floored**2) @ right)


def _gauss_newton(whitened: Array, misfit: Array) -> Array:
    """Return −G⁺d′ (k,), without the directions of which the data say nothing."""
    left, singular, right = np.linalg.svd(whitened, full_matrices=False)
    inverse = np.where(singular > 1 / VAGUE, 1 / np.maximum(singular, TINY), 0.0)
    return np.asarray(-right.T @ (inverse * (left.T @ misfit)))


@dataclass(frozen=True, eq=False)
class Implicit:
    """The whitened data as a function of the unknowns alone.

    Attributes:
        whitened: Their Jacobian G (n, k).
        moved: The derivatives of all parameters by the unknowns (P, k).
        misfit: The data's residual d′ (n,).
    """

    whitened: Array
    moved: Array
    misfit: Array


def _implicit(jacobian: Tensor, residual: Tensor, data: Tensor, columns: list[int]) -> Implicit:
    others = [i for i in range(jacobian.shape[1]) if i not in columns]
    left, singular, right = torch.linalg.svd(jacobian[~data][:, others], full_matrices=False)
    inverse = (right.T * (singular / (singular.square() + (RIDGE * singular[0]) ** 2))) @ left.T
    moved = jacobian.new_zeros(jacobian.shape[1], len(columns))
    moved[others] = -inverse @ jacobian[~data][:, columns]
    moved[columns] = torch.eye(len(columns), dtype=moved.dtype)
    misfit = residual[data] - jacobian[data][:, others] @ (inverse @ residual[~data])
    return Implicit((jacobian[data] @ moved).numpy(), moved.numpy(), misfit.numpy())


def _rows_of_data(system: ResidualSystem, form: Observed) -> Tensor:
    names = {observed(name) for name in form.measured.values}
    return torch.tensor([name in names for name in system.names()])


def _slope(scalar: Scalar, raw: Tensor) -> float:
    """Return the derivative of a scalar's value by its raw number."""
    with torch.enable_grad():
        leaf = raw.detach().clone().requires_grad_()
        return float(torch.autograd.grad(scalar.value(leaf), leaf)[0])


def _correlation(covariance: Array) -> Array:
    deviations = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(deviations, deviations))

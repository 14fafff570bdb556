r"""Error bars of inferred constants, by the implicit function theorem.

The trained problem is r(w, p) = 0, the network and the other scalars w a function of the unknowns p:
dw/dp = −(∂r/∂w)⁺ ∂r/∂p. What is measured, whitened, has then the Jacobian G = ∂d/∂p + ∂d/∂w dw/dp, and the
covariance of p is (GᵀG)⁻¹: the Cramér–Rao bound at the estimates. With d′ the data's residual once the
network has made up for what is left of r, −(GᵀG)⁻¹Gᵀd′ is how far the estimates are from the best ones.
A field f at other points has, in the same way, the covariance F(GᵀG)⁻¹Fᵀ with F = ∂f/∂p + ∂f/∂w dw/dp.

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
from sciml.pinn.inverse import Inferable, Observed, observe, observed
from sciml.pinn.packing import pack
from sciml.pinn.system import ResidualSystem

FINER = 4  # times the points of the training, so that the rows outnumber the network's parameters
RIDGE = 1e-9  # of the largest singular value
RIDGES = (1e-3, 1e-4, 1e-5, 1e-6)  # the same, for moves of a network that must stay small to be true
FLOOR = 1e-12  # of the largest singular value: data that say nothing make errors huge, not infinite
TINY = 1e-100  # in place of a singular value of zero; its square is a number still
VAGUE = 10.0  # standard error of a raw number, of which the data then say nothing
IDENTIFIED = 0.5  # largest relative standard error of a constant that is called identified


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Standard errors of trained scalars, and what the data say of the model.

    Attributes:
        stds: Standard error of each trained scalar, in its unit.
        moves: Gauss-Newton's steps of all parameters towards the best estimates (1 + R, P): the first leaves
            the network where it is, the others move it by one of `RIDGES` each. The last T numbers are those
            of the trained scalars.
        step: The scalars' part of it (T,).
        spread: Directions S (P, k) with S Sᵀ the covariance of all parameters.
        distance: The unknowns' part of that step in their standard errors, the largest.
        correlation: Of the unknowns, in the order of `unknowns`.
        unknowns: Their names.
        misfit: χ², the squared norm of the whitened residuals of the solved problem.
        trained: The same of the network as it is, which data may have pulled off the solution.
        count: How many values were measured.
    """

    stds: Mapping[str, float]
    moves: Tensor
    step: Tensor
    spread: Tensor
    distance: float
    correlation: Array
    unknowns: tuple[str, ...]
    misfit: float
    trained: float
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
    slopes = np.array([form.scalars[name].slope(value) for name, value in zip(names, raw, strict=True)])
    roots = root_of_covariance(whitened)
    stds = np.abs(slopes) * np.linalg.norm(by_scalars @ roots, axis=1)
    step = by_scalars @ change + implicit.made_up[first:]
    moves = [np.zeros(first), *(gentle.move(change)[:first] for gentle in implicit.gentle)]
    return Uncertainty(
        stds=dict(zip(names, stds.tolist(), strict=True)),
        moves=torch.from_numpy(np.stack([np.append(move, step) for move in moves])).to(raw),
        step=torch.from_numpy(step).to(raw),
        spread=torch.from_numpy(implicit.moved @ roots),
        distance=float(np.abs(change / np.sqrt(np.diag(covariance))).max()),
        correlation=_correlation(covariance),
        unknowns=tuple(unknowns),
        misfit=float(np.sum(implicit.misfit**2)),
        trained=float(residual[data].square().sum()),
        count=int(data.sum()),
    )


@dataclass(frozen=True, eq=False)
class Probe:
    """Observable fields at points, as they are."""

    x: Array
    names: tuple[str, ...]

    @property
    def values(self) -> Mapping[str, Array]:
        """Zero for each field, so that its rows are the field itself."""
        return {name: np.zeros_like(self.x) for name in self.names}

    @property
    def sigma(self) -> Mapping[str, Array]:
        """One for each field."""
        return {name: np.ones_like(self.x) for name in self.names}


def field_stds(problem: Inferable, network: MLP, raw: Tensor, spread: Tensor, x: Array) -> dict[str, Array]:
    """Return the standard error of each observable field at `x` (n,), propagated from that of the unknowns.

    Args:
        problem: The problem, its unknowns among its scalars.
        network: Its trained network.
        raw: The trained scalars' raw numbers (T,).
        spread: Directions S (P, k) with S Sᵀ the covariance of all parameters.
        x: Positions.
    """
    names = tuple(observe(problem, network, raw, x[:1]))
    form = Observed(problem, Probe(x, names))
    system = ResidualSystem(form, network, problem.interval.quadrature(1), device=str(raw.device))
    jacobian = system.linearize(pack(network, raw))[1].double().cpu()
    errors = (jacobian[_rows_of_data(system, form)] @ spread).square().sum(1).sqrt()
    return dict(zip(names, errors.reshape(len(names), -1).numpy(), strict=True))


def covariance_of(whitened: Array) -> Array:
    """Return (GᵀG)⁻¹ of a whitened Jacobian (n, k)."""
    root = root_of_covariance(whitened)
    return np.asarray(root @ root.T)


def root_of_covariance(whitened: Array) -> Array:
    """Return R (k, k) with R Rᵀ = (GᵀG)⁻¹."""
    _, singular, right = np.linalg.svd(whitened, full_matrices=False)
    return np.asarray(right.T / np.maximum(singular, max(FLOOR * singular.max(), TINY)))


def _gauss_newton(whitened: Array, misfit: Array) -> Array:
    """Return −G⁺d′ (k,), without the directions of which the data say nothing."""
    left, singular, right = np.linalg.svd(whitened, full_matrices=False)
    inverse = np.where(singular > 1 / VAGUE, 1 / np.maximum(singular, TINY), 0.0)
    return np.asarray(-right.T @ (inverse * (left.T @ misfit)))


@dataclass(frozen=True, eq=False)
class Response:
    """How all parameters answer to the unknowns and to what is left of the problem's rows.

    Attributes:
        moved: Their derivatives by the unknowns (P, k).
        made_up: Their change that solves the problem for the unknowns as they are (P,).
    """

    moved: Array
    made_up: Array

    def move(self, change: Array) -> Array:
        """Return the change (P,) that solves the problem after a change of the unknowns (k,)."""
        return np.asarray(self.moved @ change + self.made_up)


@dataclass(frozen=True, eq=False)
class Implicit(Response):
    """The whitened data as a function of the unknowns alone.

    Attributes:
        whitened: Their Jacobian G (n, k).
        misfit: The data's residual d′ (n,).
        gentle: The response kept small by each of `RIDGES`.
    """

    whitened: Array
    misfit: Array
    gentle: tuple[Response, ...]


def _implicit(jacobian: Tensor, residual: Tensor, data: Tensor, columns: list[int]) -> Implicit:
    others = [i for i in range(jacobian.shape[1]) if i not in columns]
    left, singular, right = torch.linalg.svd(jacobian[~data][:, others], full_matrices=False)
    rows = left.T @ torch.cat([jacobian[~data][:, columns], residual[~data][:, None]], 1)

    def response(ridge: float) -> Response:
        damped = singular / (singular.square() + (ridge * singular[0]) ** 2)
        changes: Tensor = jacobian.new_zeros(jacobian.shape[1], len(columns) + 1)
        changes[others] = -right.T @ (damped[:, None] * rows)
        changes[columns, range(len(columns))] = 1.0
        return Response(changes[:, :-1].numpy(), changes[:, -1].numpy())

    exact, by_all = response(RIDGE), jacobian[data].numpy()
    return Implicit(
        moved=exact.moved,
        made_up=exact.made_up,
        whitened=by_all @ exact.moved,
        misfit=residual[data].numpy() + by_all @ exact.made_up,
        gentle=tuple(response(ridge) for ridge in RIDGES),
    )


def _rows_of_data(system: ResidualSystem, form: Observed) -> Tensor:
    names = {observed(name) for name in form.measured.values}
    return torch.tensor([name in names for name in system.names()])


def _correlation(covariance: Array) -> Array:
    deviations = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(deviations, deviations))

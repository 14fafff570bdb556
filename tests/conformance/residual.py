"""What every residual problem must meet; each function raises AssertionError where one does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet, variable
from sciml.numerics.domains import Quadrature
from sciml.numerics.networks import MLP
from sciml.optim import Residual
from sciml.pinn import Integral, ResidualForm, ResidualSystem, Sample
from sciml.pinn.packing import pack
from sciml.pinn.scalars import trainable_count

F64 = torch.float64
Exact = Callable[[Jet], Mapping[str, Jet]]


def random_network(form: ResidualForm, hidden=(6,), seed: int = 0) -> MLP:
    generator = torch.Generator().manual_seed(seed)
    return MLP(form.inputs().count, hidden, form.outputs, generator=generator)


def parameters(form: ResidualForm, network: MLP, seed: int = 1) -> Tensor:
    """The network's parameters, and raw scalars near their guesses."""
    generator = torch.Generator().manual_seed(seed)
    raw = 0.1 * torch.randn(trainable_count(form.scalars), generator=generator, dtype=F64)
    return pack(network, raw)


def check_rows_see_their_own_point(form: ResidualForm, points: int = 6, seed: int = 0) -> None:
    """Disturbing point j changes row j of each interior term, and no other row but integrals."""
    network = random_network(form, seed=seed)
    theta = parameters(form, network)
    grid = form.interval.quadrature(points)
    before = ResidualSystem(form, network, grid)
    names, rows, starts = before.names(), before(theta), _starts(before)
    for j in {0, len(grid.points) // 2, len(grid.points) - 1}:
        moved = grid.points.copy()
        moved[j] += 0.05 * (form.interval.regions[0][1] - form.interval.regions[0][0]) / points**2
        after = ResidualSystem(form, network, Quadrature(moved, grid.weights))(theta)
        unequal = (after - rows).abs() > 1e-13 * rows.abs().max()
        for name, start in starts.items():
            changed = [i - start for i in unequal.nonzero()[:, 0].tolist() if names[i] == name]
            assert changed == [j], f"{name}: moving point {j} changed rows {changed}"
        others = {names[i] for i in unequal.nonzero()[:, 0].tolist()} - set(starts) - _integrals(form)
        assert not others, f"moving interior point {j} changed {others}"


def check_jacobian(form: ResidualForm, points: int = 6, seed: int = 0) -> None:
    """The structured Jacobian equals the one by autograd."""
    network = random_network(form, seed=seed)
    system = ResidualSystem(form, network, form.interval.quadrature(points))
    theta = parameters(form, network)
    jacobian, exact = system.linearize(theta)[1], Residual.linearize(system, theta)[1]
    error = float((jacobian - exact).abs().max() / exact.abs().max())
    assert error <= 1e-12, f"Jacobian: relative error {error:.1e}"


def residual_norms(form: ResidualForm, exact: Exact, scalars: Mapping[str, float], points: int = 48):
    """The norm of each term's rows where the ansatz gives way to exact fields and scalars.

    Args:
        form: The problem.
        exact: The fields as functions of the coordinate's jet, the hidden ones included.
        scalars: Their exact values.
        points: Quadrature points in each region.
    """
    grid = form.interval.quadrature(points)
    norms = {}
    for term in form.terms():
        x, weights = _place(form, "interior" if isinstance(term, Integral) else term.where, grid)
        values = {name: torch.full_like(x, scalars[name]) for name in form.scalars}
        sample = Sample(x, exact(variable(x)), values, form.coefficients(x))
        if isinstance(term, Integral):
            norms[term.name] = abs(float((weights * term.integrand(sample)).sum()) - term.target)
        else:
            norms[term.name] = float((weights * term.f(sample).square()).sum().sqrt())
    return norms


def check_reference_solves(form: ResidualForm, exact: Exact, scalars: Mapping[str, float], bound: float):
    """The exact solution put through the terms gives (nearly) zero, and a wrong scalar does not."""
    norms = residual_norms(form, exact, scalars)
    assert max(norms.values()) <= bound, norms
    for name, scalar in form.scalars.items():
        if scalar.trainable:
            wrong = {**scalars, name: scalars[name] + 0.1 * max(1.0, abs(scalars[name]))}
            assert max(residual_norms(form, exact, wrong).values()) > 100 * bound, f"{name} is not felt"


def _place(form: ResidualForm, where, grid: Quadrature) -> tuple[Tensor, Tensor]:
    if where == "interior":
        return torch.from_numpy(grid.points), torch.from_numpy(grid.weights)
    ends = {"left": (form.interval.left,), "right": (form.interval.right,)}
    x = torch.from_numpy(np.array(ends[where] if isinstance(where, str) else where))
    return x, torch.ones_like(x)


def _integrals(form: ResidualForm) -> set[str]:
    return {term.name for term in form.terms() if isinstance(term, Integral)}


def _starts(system: ResidualSystem) -> dict[str, int]:
    """The first row of each interior term that has one row a point."""
    interior = {
        term.name
        for term in system.problem.terms()
        if not isinstance(term, Integral) and term.where == "interior"
    }
    names = system.names()
    return {name: names.index(name) for name in names if name in interior}

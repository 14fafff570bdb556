"""How far an answer may move while its residual stays as small as it is: what the equations leave open."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.numerics.domains import Quadrature
from sciml.pde.form import PdeForm
from sciml.pinn import Pointwise, Sample
from sciml.pinn.fields import PinnFields
from sciml.pinn.packing import pack
from sciml.pinn.system import ResidualSystem

MOST_PARAMETERS = 2000  # beyond them the factorization costs more than the solve
SMALLER = 0.1  # of the residual, where the second look is taken
DETERMINED = 3.0  # a determined answer moves 1 / SMALLER times as far, an open one about as far
ROUNDING = 1e-9  # a freedom below this is that of rounding


def moved(problem: PdeForm, fields: PinnFields, quadrature: Quadrature, residual: float) -> float:
    r"""Return how far the fields may move, relative to their norm, within a norm of the residual.

    The largest ‖U δ‖ / ‖u‖ over changes δ of the network's parameters and scalars w with
    ‖J δ‖² / residual² + ‖δ‖² / ‖w‖² ≤ 1, where J = ∂r/∂w are the slopes of all rows and U = ∂u/∂w those of
    the fields, both by quadrature. With the factor R of [J / residual; 1 / ‖w‖] = Q R that is ‖U R⁻¹‖₂ / ‖u‖.
    """
    system = ResidualSystem(problem, fields.network, quadrature)
    theta = pack(fields.network, fields.raw)
    slopes = system.linearize(theta)[1]
    held = torch.eye(len(theta), dtype=slopes.dtype) / theta.norm()
    factor = torch.linalg.qr(torch.cat([slopes / residual, held]), mode="r").R
    return max(_moved_field(problem, name, fields, quadrature, factor) for name in problem.unknowns)


def _moved_field(
    problem: PdeForm, name: str, fields: PinnFields, quadrature: Quadrature, factor: Tensor
) -> float:
    def value(at: Sample) -> Tensor:
        return at.fields[name].value

    terms = (Pointwise(name, "interior", value),)
    system = ResidualSystem(problem, fields.network, quadrature, terms=terms)
    values, slopes = system.linearize(pack(fields.network, fields.raw))
    changes = torch.linalg.solve_triangular(factor.mT, slopes.mT, upper=False)
    return float(torch.linalg.matrix_norm(changes, 2) / (values.norm() or 1.0))


def freedom(
    problem: PdeForm, fields: PinnFields, quadrature: Quadrature, residual: float
) -> tuple[float | None, bool]:
    """Return the freedom at a residual, and whether the equations leave it open.

    In a determined problem a tenth of the residual is a tenth of the freedom; where something is left open,
    such as a boundary condition that was forgotten, the freedom hardly falls. None for a large network.
    """
    if len(pack(fields.network, fields.raw)) > MOST_PARAMETERS or residual <= 0:
        return None, False
    first, second = (moved(problem, fields, quadrature, size) for size in (residual, SMALLER * residual))
    return first, ROUNDING < first < DETERMINED * second

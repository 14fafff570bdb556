"""Updates against their Hessian forms, quadratic termination, the line search."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from sciml.optim import LBFGS, FunctionResidual, SelfScaledBFGS, SelfScaledBroyden, StrongWolfe, minimise
from sciml.optim.line_search import LinePoint
from sciml.optim.quasi_newton import Pair
from sciml.optim.self_scaled import broyden_update

F64 = torch.float64
P = 6


def random_update(seed):
    """A positive definite H with B = H^-1, and s, y with y.s > 0."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(P, P, generator=generator, dtype=F64)
    matrix = root @ root.T + 0.3 * torch.eye(P, dtype=F64)
    step, change = torch.randn(2, P, generator=generator, dtype=F64)
    change = change if float(change @ step) > 0 else -change
    return matrix, torch.linalg.inv(matrix), step, change


def hessian_form(hessian, step, change, tau, theta):
    """B+ = tau [B - Bss'B / s'Bs + theta w w'] + yy' / y's (Al-Baali 1998, eq. 2)."""
    image, curvature = hessian @ step, change @ step
    model = step @ image
    w = model.sqrt() * (change / curvature - image / model)
    middle = hessian - torch.outer(image, image) / model + theta * torch.outer(w, w)
    return tau * middle + torch.outer(change, change) / curvature


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("solver", [SelfScaledBFGS(), SelfScaledBroyden()], ids=["bfgs", "broyden"])
def test_update_is_the_inverse_of_its_hessian_form(solver, seed):
    matrix, hessian, step, change = random_update(seed)
    curvature, model = float(change @ step), float(step @ hessian @ step)
    updated = solver.update(matrix, Pair(step, change, curvature, model))
    b, h = model / curvature, float(change @ matrix @ change) / curvature
    tau, phi = solver.coefficients(b, h, P)
    theta = (1.0 - phi) / (1.0 + (b * h - 1.0) * phi)
    expected = torch.linalg.inv(hessian_form(hessian, step, change, tau, theta))
    assert float((updated - expected).norm()) < 1e-6 * float(expected.norm())
    assert float((updated @ change - step).norm()) < 1e-7 * float(step.norm())
    assert torch.linalg.eigvalsh(updated)[0] > 0
    assert 0.0 < tau <= 1.0


@pytest.mark.parametrize("seed", range(5))
def test_broyden_member_lies_in_al_baalis_interval(seed):
    """theta is in [(rho-1)/a, 1/rho] and equals (1-b)/b wherever that lies inside."""
    matrix, hessian, step, change = random_update(seed)
    curvature = float(change @ step)
    b, h = float(step @ hessian @ step) / curvature, float(change @ matrix @ change) / curvature
    a = b * h - 1.0
    _, phi = SelfScaledBroyden.coefficients(b, h, P)
    theta = (1.0 - phi) / (1.0 + a * phi)
    rho = min(1.0, h * (1.0 - math.sqrt(a / (1.0 + a))))
    assert theta == pytest.approx(float(np.clip((1.0 - b) / b, (rho - 1.0) / a, 1.0 / rho)), rel=1e-6)


def test_plain_coefficients_give_the_product_form_of_bfgs():
    matrix, _, step, change = random_update(1)
    curvature, image = float(change @ step), matrix @ change
    updated = broyden_update(matrix, step, image, curvature, float(image @ change) / curvature, 1.0, 1.0)
    left = torch.eye(P, dtype=F64) - torch.outer(step, change) / curvature
    torch.testing.assert_close(updated, left @ matrix @ left.T + torch.outer(step, step) / curvature)


@pytest.mark.parametrize("b", [0.2, 1.0, 5.0])
def test_self_scaled_bfgs_only_ever_enlarges_the_inverse_hessian(b):
    assert SelfScaledBFGS.coefficients(b, 2.0 / b, P) == (min(1.0, 1.0 / b), 1.0)


def test_first_inverse_hessian_is_scaled():
    """With y = 7 s all curvature is 7, so the first update has to give I / 7."""
    step = torch.arange(1.0, 5.0, dtype=F64)
    pair = Pair(step, 7.0 * step, 7.0 * float(step @ step), 1.0)
    for solver in (SelfScaledBFGS(), SelfScaledBroyden()):
        torch.testing.assert_close(solver.update(None, pair), torch.eye(4, dtype=F64) / 7.0)


def test_two_loops_equal_the_dense_matrix():
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(P, P, generator=generator, dtype=F64)
    steps = torch.randn(4, P, generator=generator, dtype=F64)
    memory, solver = None, LBFGS(memory=3)
    for step in steps:
        change = root.T @ (root @ step)
        memory = solver.update(memory, Pair(step, change, float(step @ change), 0.0))
    assert len(memory) == 3
    dense = torch.eye(P, dtype=F64) * memory[-1].scale
    for pair in memory:
        image = dense @ pair.change
        h = float(image @ pair.change) / pair.curvature
        dense = broyden_update(dense, pair.step, image, pair.curvature, h, 1.0, 1.0)
    vector = torch.randn(P, generator=generator, dtype=F64)
    torch.testing.assert_close(solver.apply(memory, vector), dense @ vector, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("solver", [SelfScaledBFGS, SelfScaledBroyden, LBFGS])
def test_a_quadratic_is_finished_in_as_many_steps_as_parameters(solver):
    """With exact searches the directions are conjugate (Nocedal and Wright, theorem 6.4)."""
    root = torch.diag(torch.tensor([1.0, 2.0, 3.0, 5.0, 7.0, 9.0], dtype=F64))
    root = root + 0.3 * torch.tril(torch.ones(P, P, dtype=F64), -1)
    residual = FunctionResidual(lambda theta: root @ theta - 1.0)
    exact = StrongWolfe(c2=1e-9, max_evaluations=60)
    start = torch.full((P,), 2.0, dtype=F64)
    norms = []
    minimise(
        residual,
        start,
        solver(search=exact),
        max_steps=P,
        callback=lambda _, state: norms.append(state.grad_norm) or False,
    )
    assert norms[-1] < 1e-6
    assert norms[P - 2] > 1e-4


def line(function, slope_sign=-1.0):
    """The residual of one parameter as a line search problem from 0."""
    residual = FunctionResidual(lambda theta: torch.stack([function(theta[0])]))
    start = torch.zeros(1, dtype=F64)
    loss, gradient = residual.value_and_grad(start)
    direction = slope_sign * gradient.sign()
    return residual, LinePoint(0.0, start, float(loss), gradient, float(gradient @ direction)), direction


@pytest.mark.parametrize("first", [1e-4, 1e-2, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("c2", [0.9, 0.1, 1e-3])
@pytest.mark.parametrize(
    "function",
    [
        lambda t: t - 3.0,
        lambda t: (t - 1.0) ** 2 + 0.1 * torch.sin(8.0 * t) + 0.2,
        lambda t: torch.log(2.0 - t) - 0.2,
        lambda t: torch.sqrt(1.0 - t) - 0.3,
    ],
    ids=["parabola", "wiggly", "log-wall", "root-wall"],
)
def test_line_search_meets_the_strong_wolfe_conditions(function, c2, first):
    residual, start, direction = line(function)
    point = StrongWolfe(c2=c2)(residual, start, direction, first)
    assert point.alpha > 0
    assert point.loss <= start.loss + 1e-4 * point.alpha * start.slope
    assert abs(point.slope) <= c2 * abs(start.slope)


def test_line_search_up_the_hill_goes_nowhere():
    residual, start, direction = line(lambda t: t - 3.0, slope_sign=1.0)
    lying = LinePoint(0.0, start.theta, start.loss, start.gradient, -start.slope)
    point = StrongWolfe()(residual, lying, direction, 1.0)
    assert point.alpha < 1e-14
    assert point.loss == start.loss
    assert not StrongWolfe().flattened(lying, point)


def test_line_search_asks_for_more_than_any_decrease():
    """At 5.9 the parabola about 3 lies lower than at 0, and flatter, but not by c1 of what the slope says."""
    residual, start, direction = line(lambda t: t - 3.0)
    point = StrongWolfe(c1=0.1, c2=0.99)(residual, start, direction, 5.9)
    assert point.loss <= start.loss + 0.1 * point.alpha * start.slope


@pytest.mark.parametrize("solver", [SelfScaledBFGS(), SelfScaledBroyden()], ids=["bfgs", "broyden"])
def test_a_memory_that_points_uphill_is_dropped(solver):
    residual = FunctionResidual(lambda t: t - 3.0)
    start = torch.zeros(2, dtype=F64)
    fresh = solver.init(residual, start)
    spoilt = dataclasses.replace(fresh, memory=-torch.eye(2, dtype=F64))
    assert torch.equal(solver.step(residual, spoilt).theta, solver.step(residual, fresh).theta)


@pytest.mark.parametrize("solver", [SelfScaledBFGS, SelfScaledBroyden, LBFGS])
def test_negative_curvature_is_not_learnt(solver):
    """One evaluation on the concave shoulder of a bell: the slope grows along the step."""
    bell = FunctionResidual(lambda t: torch.exp(-(t**2)))
    impatient = solver(search=StrongWolfe(c2=1e-3, max_evaluations=1))
    state = impatient.init(bell, torch.tensor([0.05], dtype=F64))
    new = impatient.step(bell, state)
    assert new.loss < state.loss
    assert float((new.gradient - state.gradient) * (new.theta - state.theta)) < 0
    assert new.memory is None

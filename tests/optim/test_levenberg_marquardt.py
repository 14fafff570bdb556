"""The step, its order of convergence and its economy."""

import itertools
import math

import pytest
import torch

from sciml.contracts.status import Status
from sciml.optim import FunctionResidual, LevenbergMarquardt, Residual, minimise
from sciml.optim.levenberg_marquardt import damped_step, gram_matrix

F64 = torch.float64


def circle_and_curve(t):
    """Zero residual at (1, 1)."""
    return torch.stack([t[0] ** 2 + t[1] ** 2 - 2.0, torch.exp(t[0] - 1.0) + t[1] ** 3 - 2.0])


class Counted(Residual):
    """Counts evaluations; `nan_beyond` makes the Jacobian, and it alone, NaN there."""

    def __init__(self, function, nan_beyond=math.inf):
        self.function, self.nan_beyond = function, nan_beyond
        self.calls = self.linearizations = 0

    def __call__(self, theta):
        self.calls += 1
        return self.function(theta)

    def linearize(self, theta):
        self.linearizations += 1
        jacobian, value = torch.func.jacrev(lambda t: (self.function(t),) * 2, has_aux=True)(theta)
        return value, torch.full_like(jacobian, math.nan) if float(
            theta.max()
        ) > self.nan_beyond else jacobian


@pytest.mark.parametrize(("rows", "columns"), [(4, 9), (9, 4), (6, 6)])
@pytest.mark.parametrize("damping", [1e-3, 1.0, 1e3])
def test_both_forms_solve_the_damped_normal_equations(rows, columns, damping):
    generator = torch.Generator().manual_seed(3)
    jacobian = torch.randn(rows, columns, generator=generator, dtype=F64)
    residual = torch.randn(rows, generator=generator, dtype=F64)
    gradient = jacobian.T @ residual
    step = damped_step(jacobian, residual, gradient, gram_matrix(jacobian), damping)
    primal = jacobian.T @ jacobian + damping * torch.eye(columns, dtype=F64)
    kernel = jacobian @ jacobian.T + damping * torch.eye(rows, dtype=F64)
    torch.testing.assert_close(step, -torch.linalg.solve(primal, gradient), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(
        step, -jacobian.T @ torch.linalg.solve(kernel, residual), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("rows", "columns"), [(300, 700), (700, 300), (400, 400)])
def test_a_large_gram_matrix_by_blocks_is_the_product(rows, columns):
    jacobian = torch.randn(rows, columns, generator=torch.Generator().manual_seed(5), dtype=F64)
    wide = jacobian if rows <= columns else jacobian.T
    gram = gram_matrix(jacobian)
    torch.testing.assert_close(gram, wide @ wide.T, rtol=1e-12, atol=1e-12)
    assert (gram == gram.T).all()


def test_an_indefinite_matrix_gives_nan_and_no_error():
    jacobian = torch.eye(2, dtype=F64)
    step = damped_step(jacobian, torch.ones(2, dtype=F64), torch.ones(2, dtype=F64), -jacobian, 0.5)
    assert step.isnan().all()


def errors_on_the_way(solver, start):
    errors = []

    def record(_, state):
        errors.append(float((state.theta - 1.0).norm()))
        return False

    theta = torch.tensor(start, dtype=F64)
    minimise(FunctionResidual(circle_and_curve), theta, solver, max_steps=40, callback=record)
    return [error for error in errors if error > 1e-13]


def test_order_two_without_damping():
    errors = errors_on_the_way(LevenbergMarquardt(damping=1e-13), [1.3, 0.8])
    orders = [
        math.log(c / b) / math.log(b / a)
        for a, b, c in zip(errors, errors[1:], errors[2:], strict=False)
        if b < 0.05
    ]
    assert len(orders) >= 2
    assert all(1.8 < order < 2.3 for order in orders)


def test_superlinear_as_the_damping_shrinks():
    errors = errors_on_the_way(LevenbergMarquardt(shrink=0.1), [1.6, 0.7])
    rates = [b / a for a, b in itertools.pairwise(errors) if a < 0.05]
    assert len(rates) >= 3
    assert all(later < 0.3 * sooner for sooner, later in itertools.pairwise(rates))


def test_one_linearization_an_accepted_step_and_one_call_a_trial(case):
    residual = Counted(case.function)
    solver = LevenbergMarquardt()
    state = solver.init(residual, case.theta)
    assert (residual.calls, residual.linearizations) == (0, 1)
    for accepted in range(1, 6):
        calls = residual.calls
        new = solver.step(residual, state)
        trials = residual.calls - calls
        assert trials >= 1
        if new.finished is not None:
            break
        assert residual.linearizations == 1 + accepted
        # each rejection multiplied the damping by grow; acceptance by something in [shrink, 2]
        assert new.damping <= 2.0 * state.damping * solver.grow ** (trials - 1) * (1 + 1e-12)
        assert new.loss < state.loss
        state = new


def test_a_jacobian_that_is_not_finite_is_rejected():
    residual = Counted(lambda t: t - 3.0, nan_beyond=2.0)
    start = torch.zeros(1, dtype=F64)
    result = minimise(residual, start, LevenbergMarquardt(), max_steps=20)
    assert 0.0 < float(result.theta) <= 2.0
    assert math.isfinite(result.grad_norm)


def test_a_wrong_jacobian_stalls_after_thirty_increases():
    class Liar(Counted):
        def linearize(self, theta):
            value, jacobian = super().linearize(theta)
            return value, -jacobian

    residual, start = Liar(circle_and_curve), torch.tensor([1.6, 0.7], dtype=F64)
    result = minimise(residual, start, LevenbergMarquardt(), max_steps=20)
    assert result.status is Status.STALLED
    assert residual.calls > 30
    assert torch.equal(result.theta, start)


def test_the_start_of_the_damping_does_not_depend_on_units():
    solver = LevenbergMarquardt()
    start = torch.tensor([1.6, 0.7], dtype=F64)
    plain = minimise(FunctionResidual(circle_and_curve), start, solver, max_steps=4)
    scaled = minimise(FunctionResidual(lambda t: 3.0e5 * circle_and_curve(t)), start, solver, max_steps=4)
    torch.testing.assert_close(plain.theta, scaled.theta, rtol=1e-9, atol=0)


def test_tolerances_end_it():
    start = torch.tensor([1.6, 0.7], dtype=F64)
    residual = FunctionResidual(circle_and_curve)
    loose = minimise(residual, start, LevenbergMarquardt(atol=1e-4), max_steps=40)
    steep = minimise(residual, start, LevenbergMarquardt(gtol=1e-2), max_steps=40)
    assert loose.status is steep.status is Status.CONVERGED
    assert 1e-12 < loose.loss <= 1e-4
    assert 1e-12 < steep.grad_norm <= 1e-2
    assert max(loose.steps, steep.steps) < 10

"""Solvers x problems, each against the answer of scipy.optimize.least_squares computed here."""

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares

from sciml.contracts.status import Status
from sciml.optim import (
    LBFGS,
    Adam,
    Chain,
    FunctionResidual,
    LevenbergMarquardt,
    SelfScaledBFGS,
    SelfScaledBroyden,
    minimise,
)

SOLVERS = (
    LevenbergMarquardt(),
    SelfScaledBFGS(),
    SelfScaledBroyden(),
    LBFGS(),
    Chain(((Adam(1e-2), 20), (LevenbergMarquardt(), 400))),
    Chain(((LBFGS(), 5), (SelfScaledBroyden(), 400))),
)


def solver_name(solver):
    stages = [stage for stage, _ in solver.stages] if isinstance(solver, Chain) else [solver]
    return "-then-".join(type(stage).__name__ for stage in stages)


def scipy_answer(case):
    def fun(x):
        return case.function(torch.from_numpy(np.array(x))).numpy()

    def jac(x):
        return torch.func.jacrev(case.function)(torch.from_numpy(np.array(x))).numpy()

    tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15, "max_nfev": 2000}
    bounds = (1e-9, np.inf) if case.name == "log-and-root" else (-np.inf, np.inf)
    return least_squares(fun, case.start, jac, bounds=bounds, **tight)


@pytest.mark.parametrize("solver", SOLVERS, ids=solver_name)
def test_agrees_with_scipy(solver, case):
    result = minimise(FunctionResidual(case.function), case.theta, solver, max_steps=500)
    answer = scipy_answer(case)
    residual = case.function(result.theta)
    assert result.status in (Status.CONVERGED, Status.STALLED)
    assert result.loss == pytest.approx(0.5 * float(residual @ residual), rel=1e-12)
    assert result.loss == pytest.approx(answer.cost, rel=1e-10, abs=1e-13)
    np.testing.assert_allclose(residual, answer.fun, rtol=0, atol=3e-6)
    if case.unique:
        np.testing.assert_allclose(result.theta, answer.x, rtol=case.theta_tol, atol=case.theta_tol)


def test_adam_agrees_with_scipy_to_its_accuracy(case):
    solver = Adam(0.2, schedule=lambda step: 0.5 ** (step / 300.0))
    result = minimise(FunctionResidual(case.function), case.theta, solver, max_steps=2000)
    assert result.loss == pytest.approx(scipy_answer(case).cost, rel=5e-3, abs=5e-3)


def test_same_inputs_same_bits(case):
    for solver in (*SOLVERS, Adam(0.1)):
        first, second = (
            minimise(FunctionResidual(case.function), case.theta, solver, max_steps=6) for _ in range(2)
        )
        assert torch.equal(first.theta, second.theta)
        assert (first.loss, first.grad_norm, first.steps) == (second.loss, second.grad_norm, second.steps)


@pytest.mark.parametrize("solver", [*SOLVERS, Adam(0.1)], ids=solver_name)
def test_a_step_leaves_its_input_as_it_was(solver, case):
    residual = FunctionResidual(case.function)
    start = case.theta
    state = solver.init(residual, start)
    state = solver.step(residual, solver.step(residual, state))
    kept = {name: value.clone() for name, value in vars(state).items() if isinstance(value, torch.Tensor)}
    once, again = solver.step(residual, state), solver.step(residual, state)
    assert torch.equal(once.theta, again.theta)
    assert all(torch.equal(getattr(state, name), value) for name, value in kept.items())
    assert torch.equal(start, case.theta)

"""The loop: outcomes, values that are not finite, interruption, chains, Adam against torch's."""

import math

import pytest
import torch

from sciml.contracts.status import Status
from sciml.errors import ScimlError
from sciml.optim import (
    LBFGS,
    Adam,
    Chain,
    FunctionResidual,
    LevenbergMarquardt,
    Minimised,
    Residual,
    SelfScaledBFGS,
    SelfScaledBroyden,
    minimise,
)
from sciml.optim.minimise import ADVICE

F64 = torch.float64
PLAIN = (LevenbergMarquardt(), SelfScaledBFGS(), SelfScaledBroyden(), LBFGS(), Adam(1.0))
ALL = (*PLAIN, Chain(((SelfScaledBFGS(), 2), (LevenbergMarquardt(), 60))))
each_solver = pytest.mark.parametrize("solver", ALL, ids=lambda solver: type(solver).__name__)


def rosenbrock(t):
    return torch.stack([10.0 * (t[1] - t[0] ** 2), 1.0 - t[0]])


ROSENBROCK = FunctionResidual(rosenbrock)
START = torch.tensor([-1.2, 1.0], dtype=F64)


@each_solver
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_start_that_is_not_finite_is_said_at_once(solver, bad):
    start = torch.tensor([bad, 1.0], dtype=F64)
    result = minimise(ROSENBROCK, start, solver, max_steps=10)
    assert result.status is Status.NONFINITE
    assert result.steps == 0
    assert "at the start" in result.message


@each_solver
def test_a_derivative_that_is_not_finite_at_the_start_counts(solver):
    root = FunctionResidual(lambda t: torch.sqrt(t) + 1.0)
    result = minimise(root, torch.zeros(1, dtype=F64), solver, max_steps=10)
    assert (result.status, result.steps) == (Status.NONFINITE, 0)


@each_solver
def test_steps_that_are_not_finite_are_rejected(solver):
    seen, thetas = [], []

    def root(t):
        value = 10.0 * (torch.sqrt(t) - 0.1)
        seen.append(not bool(torch.isfinite(value.detach()).all()))
        return value

    class Plain(Residual):
        def __call__(self, theta):
            return root(theta)

        def linearize(self, theta):
            return 10.0 * (theta.sqrt() - 0.1), torch.diag(5.0 / theta.sqrt())

    result = minimise(
        Plain(),
        torch.tensor([0.5], dtype=F64),
        solver,
        max_steps=60,
        callback=lambda _, state: thetas.append(float(state.theta)) or False,
    )
    assert any(seen)
    assert all(math.isfinite(theta) for theta in thetas)
    assert result.loss < 25.0 * 0.05
    if not isinstance(solver, Adam):
        assert float(result.theta) == pytest.approx(0.01, rel=1e-6)


def test_adam_gives_up_with_the_last_finite_point():
    """Only the start is finite, so no shortening helps."""
    start = torch.ones(1, dtype=F64)
    cliff = FunctionResidual(lambda t: t if bool((t == 1.0).all()) else t * math.nan)
    result = minimise(cliff, start, Adam(0.1), max_steps=5)
    assert result.status is Status.NONFINITE
    assert torch.equal(result.theta, start)
    assert result.loss == 0.5
    assert "at the start" not in result.message


@each_solver
def test_callback_interrupts_and_counts(solver):
    steps = []
    result = minimise(
        ROSENBROCK, START, solver, max_steps=50, callback=lambda k, _: steps.append(k) or k == 3
    )
    assert steps == [1, 2, 3]
    assert (result.status, result.steps) == (Status.INTERRUPTED, 3)


@each_solver
def test_max_steps(solver):
    stopped = minimise(ROSENBROCK, START, solver, max_steps=4)
    assert (stopped.status, stopped.steps) == (Status.MAX_STEPS, 4)
    none = minimise(ROSENBROCK, START, solver, max_steps=0)
    assert torch.equal(none.theta, START)
    assert none.loss == pytest.approx(0.5 * float(rosenbrock(START).square().sum()))


@each_solver
def test_float32_stays_float32(solver):
    result = minimise(ROSENBROCK, START.float(), solver, max_steps=100)
    assert result.theta.dtype is torch.float32
    if not isinstance(solver, Adam):
        torch.testing.assert_close(result.theta, torch.ones(2), rtol=0, atol=2e-3)


def test_the_best_point_is_never_lost():
    losses = []
    result = minimise(
        ROSENBROCK,
        START,
        Adam(0.5),
        max_steps=4,
        callback=lambda _, state: losses.append(state.loss) or False,
    )
    assert result.loss == min(losses) < losses[-1]
    assert result.loss == 0.5 * float(rosenbrock(result.theta).dot(rosenbrock(result.theta)))


def test_adam_is_torchs_adam():
    solver = Adam(0.03, betas=(0.8, 0.99), eps=1e-6, schedule=lambda step: 1.0 / (1.0 + 0.1 * step))
    theirs = START.clone().requires_grad_()
    optimizer = torch.optim.Adam([theirs], lr=0.03, betas=(0.8, 0.99), eps=1e-6)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 / (1.0 + 0.1 * step))
    state = solver.init(ROSENBROCK, START)
    for _ in range(50):
        state = solver.step(ROSENBROCK, state)
        optimizer.zero_grad()
        (0.5 * rosenbrock(theirs).square().sum()).backward()
        optimizer.step()
        schedule.step()
    torch.testing.assert_close(state.theta, theirs.detach(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "first", [Adam(0.5), LBFGS(), SelfScaledBFGS(rtol=0.5)], ids=["adam", "lbfgs", "ends"]
)
def test_a_chain_is_its_stages_run_by_hand(first):
    chained = minimise(ROSENBROCK, START, Chain(((first, 4), (SelfScaledBroyden(), 100))), max_steps=1000)
    one = minimise(ROSENBROCK, START, first, max_steps=4)
    two = minimise(ROSENBROCK, one.theta, SelfScaledBroyden(), max_steps=100)
    assert torch.equal(chained.theta, two.theta)
    assert chained.steps == one.steps + two.steps
    assert chained.status is two.status


def test_chains_nest_and_end_with_their_last_stage():
    inner = Chain(((Adam(0.1), 3), (LBFGS(), 4)))
    result = minimise(ROSENBROCK, START, Chain(((inner, 100), (LevenbergMarquardt(), 2))), max_steps=100)
    assert (result.status, result.steps) == (Status.MAX_STEPS, 9)


def test_a_stage_with_nothing_to_do_is_passed():
    lazy = LevenbergMarquardt(atol=1e9)
    result = minimise(ROSENBROCK, START, Chain(((lazy, 5), (LevenbergMarquardt(), 100))), max_steps=100)
    assert result.status is Status.CONVERGED
    torch.testing.assert_close(result.theta, torch.ones(2, dtype=F64))


def test_residual_defaults_agree_with_each_other():
    value, jacobian = ROSENBROCK.linearize(START)
    loss, gradient = ROSENBROCK.value_and_grad(START)
    exact = torch.tensor([[24.0, 10.0], [-1.0, 0.0]], dtype=F64)
    torch.testing.assert_close(jacobian, exact)
    torch.testing.assert_close(gradient, exact.T @ value)
    assert float(loss) == pytest.approx(0.5 * float(value @ value))
    assert not any(tensor.requires_grad for tensor in (jacobian, gradient, loss))


def test_a_constant_residual_has_converged():
    constant = FunctionResidual(lambda _: torch.ones(3, dtype=F64))
    for solver in PLAIN:
        result = minimise(constant, START, solver, max_steps=5)
        assert (result.status, result.steps, result.loss) == (Status.CONVERGED, 0, 1.5)


def test_results_and_outcomes_are_values_that_say_what_to_try():
    result = Minimised(START, 1.0, 1.0, Status.STALLED, 3)
    assert "float64" in result.message
    with pytest.raises(AttributeError):
        result.loss = 0.0
    assert all(";" in Minimised(START, 1.0, 1.0, status, 3).message for status in ADVICE)
    assert set(ADVICE) == set(Status) - {Status.INVALID}


@pytest.mark.parametrize(
    ("theta", "max_steps", "word"),
    [
        (torch.ones(2, 2), 5, "theta"),
        (torch.ones(0), 5, "theta"),
        (torch.ones(2, dtype=torch.long), 5, "theta"),
        ([1.0, 2.0], 5, "theta"),
        (START, -1, "max_steps"),
        (START, 2.5, "max_steps"),
        (START, True, "max_steps"),
    ],
)
def test_bad_arguments_are_named(theta, max_steps, word):
    with pytest.raises(ScimlError, match=word):
        minimise(ROSENBROCK, theta, LBFGS(), max_steps=max_steps)


def test_an_empty_chain_is_refused():
    with pytest.raises(ScimlError, match="stages"):
        Chain(())

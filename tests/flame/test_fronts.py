"""What fronts share: the layer's inputs and panels, and evidence that needs no reference."""

import math

import pytest
import torch

import sciml
from sciml.flame.fronts import fault, rises
from sciml.flame.layers import LayerInputs, graded
from sciml.numerics.derivatives import variable
from sciml.numerics.domains import Interval
from sciml.pinn.fields import PinnFields

FRONTS = ("nagumo-front", "power-law-front", "fisher-kpp", "zfk-flame")


def fields_of(problem, slope, raw=0.0):
    """The problem's fields for z = z₀ + slope·x, about."""
    network = problem.network(problem.recipe(), seed=0)
    small = 1e-6 / 12
    with torch.no_grad():
        for part in network.parameters():
            part.zero_()
        for weight in network.weights[:-1]:
            weight[0, 0] = small if weight is network.weights[0] else 1.0
        network.weights[-1][0, 0] = (slope - 1) / (small / problem_scale(problem))
    count = sum(scalar.trainable for scalar in problem.scalars.values())
    return PinnFields(problem, network, torch.full((count,), raw, dtype=torch.float64))


def problem_scale(problem):
    """The length by which the problem divides the network's first input."""
    x = variable(torch.zeros(1, dtype=torch.float64))
    return 1 / float(problem.inputs()(x).first[0, 0])


def test_inputs_carry_their_derivatives():
    inputs = LayerInputs(Interval(-10.0, 5.0, (0.5,)), 0.7)
    x = torch.linspace(-10, 5, 11, dtype=torch.float64)
    found = inputs(variable(x))
    assert found.value.shape == (11, inputs.count)
    for k in range(2):
        one = lambda point, k=k: inputs(variable(point.reshape(1))).value[0, k]  # noqa: E731
        first = torch.stack([torch.func.grad(one)(point) for point in x])
        second = torch.stack([torch.func.grad(torch.func.grad(one))(point) for point in x])
        torch.testing.assert_close(found.first[:, k], first)
        torch.testing.assert_close(found.second[:, k], second)


def test_inputs_do_not_depend_on_the_box():
    x = variable(torch.linspace(-3, 3, 7, dtype=torch.float64))
    small, large = LayerInputs(Interval(-3.0, 3.0), 0.7)(x), LayerInputs(Interval(-9.0, 6.0, (0.0,)), 0.7)(x)
    torch.testing.assert_close(small.value, large.value, rtol=0, atol=0)


def test_panels_narrow_towards_the_layer():
    box = graded(-16.0, 3.0, math.log(2), 0.01)
    widths = [b - a for a, b in box.regions]
    middle = widths.index(min(widths))
    assert len(widths) == 6
    assert (box.left, box.right) == (-16.0, 3.0)
    assert box.regions[middle][0] < math.log(2) + 0.05
    assert widths[:middle] == sorted(widths[:middle], reverse=True)
    assert widths[middle:] == sorted(widths[middle:])


@pytest.mark.parametrize("name", FRONTS)
@pytest.mark.parametrize("slope", [0.01, -1.0])
def test_a_frozen_or_falling_profile_is_no_front(name, slope):
    problem = sciml.load_problem(name)
    found = problem.certify(fields_of(problem, slope))
    assert found.fault.startswith("not a front: theta is")
    assert "at the right end, not 1" in found.fault
    assert ("theta does not rise everywhere" in found.fault) == (slope < 0)


@pytest.mark.parametrize("name", FRONTS)
def test_a_profile_of_the_right_shape_must_solve_the_equation(name):
    problem = sciml.load_problem(name)
    found = problem.certify(fields_of(problem, 2.5))
    assert found.fault.startswith("not a front: the residual of ")
    assert found.certificates[problem.speed]["rises"] is True


@pytest.mark.parametrize("name", ["power-law-front", "zfk-flame"])
def test_a_front_that_does_not_move_is_none(name):
    problem = sciml.load_problem(name)
    assert problem.certify(fields_of(problem, 2.5, raw=-40.0)).fault


def test_what_is_not_finite_is_no_front():
    words = fault(0.0, 1.0, True, {"front": float("nan"), "left tail": 1e-9})
    assert words == "not a front: the residual of front is nan"
    assert fault(0.0, 1.0, True, {"front": 1e-6}) == ""


def test_the_slope_may_vanish_only_where_theta_is_rounded_to_one():
    z = variable(torch.tensor([-5.0, 0.0, 60.0], dtype=torch.float64))
    front = z.apply(lambda v: (torch.sigmoid(v), torch.sigmoid(v) * torch.sigmoid(-v), v))
    assert rises(front)
    flat = front.map(lambda part: part.clone())
    flat.first[0] = 0.0
    assert not rises(flat)


@pytest.mark.parametrize("name", ["power-law-front", "fisher-kpp", "zfk-flame"])
def test_the_pin_is_met_exactly(name):
    problem = sciml.load_problem(name)
    network = problem.network(problem.recipe(), seed=3)
    solved = PinnFields(problem, network, torch.zeros(1 if name != "fisher-kpp" else 0, dtype=torch.float64))
    with torch.no_grad():
        theta = solved(torch.zeros(1, dtype=torch.float64))["theta"]
    assert float(theta) == pytest.approx(problem.pin, abs=1e-15)

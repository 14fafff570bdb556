"""Equations of one's own: what they may say, what comes out, and when it is not believed."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.status import Status
from sciml.errors import ScimlError
from sciml.pde import Box, Condition, Pde, PdeRecipe, exp, sin
from sciml.pde.determined import moved
from sciml.plot import comparison

PI = np.pi


class Rod(Pde):
    """Heat in a rod."""

    domain = Box(x=(0, 1), t=(0, 1))

    def trial(self, x, t, u):
        return sin(PI * x) + t * x * (1 - x) * u

    def equations(self, u):
        return u.t - 0.1 * u.xx

    def exact(self, x, t):
        return exp(-0.1 * PI**2 * t) * sin(PI * x)


class Unknown(Rod):
    """The same, its solution not known."""

    exact = Pde.exact


class Soft(Rod):
    """The same by conditions."""

    trial = Pde.trial

    def conditions(self):
        return (
            Condition("t=0", lambda u, x: u - sin(PI * x)),
            Condition("x=left", lambda u: u.value),
            Condition("x=right", lambda u: u.value),
        )


class Decay(Pde):
    """Two equations along one coordinate."""

    domain = Box(t=(0, 2))
    unknowns = ("a", "b")

    def trial(self, t, a, b):
        return 1 + t * a, t * b

    def equations(self, a, b):
        return {"loss": a.t + a, "gain": b.t - a}

    def exact(self, t):
        return exp(-t), 1 - exp(-t)


@pytest.fixture(scope="module")
def rod():
    return sciml.solve(Rod(), quick=True)


def test_the_solution_is_right_inside_too(rod):
    assert (rod.status, rod.passed) == (Status.CONVERGED, True)
    x = np.random.default_rng(0).uniform(size=(50, 2))
    assert rod(x)["u"] == pytest.approx(np.exp(-0.1 * PI**2 * x[:, 1]) * np.sin(PI * x[:, 0]), abs=5e-3)


def test_derivatives_are_those_of_the_equation(rod):
    """What jets carry solves the heat equation as nearly as the certificate says."""
    x = torch.rand(40, 2, dtype=torch.float64)
    u = rod.jet(x)["u"]
    gap = (u.first[1] - 0.1 * u.second[0]).detach().square().mean().sqrt()
    assert float(gap) < 3e-2 * 0.7


def test_the_residual_is_measured_elsewhere(rod):
    evidence = rod.certificates["residual"]
    assert evidence["fresh"] == rod.metrics["residual"]
    assert evidence["fresh"] != evidence["trained"]
    assert evidence["finer"] == pytest.approx(evidence["fresh"], rel=0.1)


def test_saved_loaded_and_drawn(rod, tmp_path):
    folder = rod.save(tmp_path / "rod")
    stored = sciml.load(folder, problem=Rod())
    assert stored.passed
    np.testing.assert_array_equal(stored([[0.2, 0.3]])["u"], rod([[0.2, 0.3]])["u"])
    figure = comparison(sciml.load(folder))
    titles = [ax.get_title() for ax in figure.axes]
    assert "u" in titles
    assert "|error|" in titles


def test_conditions_on_faces():
    soft = sciml.solve(Soft(), quick=True)
    assert soft.passed
    edge = np.array([[0.0, 0.5], [1.0, 0.5], [0.5, 0.0]])
    assert soft(edge)["u"] == pytest.approx([0.0, 0.0, 1.0], abs=2e-2)


def test_without_a_reference_the_residual_decides_and_says_so():
    found = sciml.solve(Unknown(), quick=True)
    assert found.passed
    assert [check.name for check in found.compare().checks] == ["residual"]
    assert "no reference" in found.remarks[0]
    assert "loss" in [ax.get_ylabel() for ax in comparison(found).axes]


def test_ordinary_equations():
    found = sciml.solve(Decay(), quick=True)
    assert found.passed
    t = np.linspace(0, 2, 9)
    assert found(t)["b"] == pytest.approx(1 - np.exp(-t), abs=2e-2)
    assert {ax.get_xlabel() for ax in comparison(found).axes} == {"t"}


@dataclass(frozen=True)
class Starved(Rod):
    """Fewer points than the network has freedom."""

    def recipe(self, quick=False):
        return replace(super().recipe(quick), points=5, max_steps=60)


def test_few_rows_are_not_believed():
    """25 rows for 501 parameters: the loss vanishes, the answer is wrong, and it is said."""
    found = sciml.solve(Starved(), quick=True)
    assert found.history[-1]["loss"] < 1e-6
    assert found.passed is False
    assert "25 rows for 501 parameters" in found.message + " ".join(found.doubts)


def test_no_step_is_no_pass():
    assert sciml.solve(Rod(), quick=True, max_steps=0).passed is False


class Wrong(Rod):
    """The reference has another diffusivity."""

    def exact(self, x, t):
        return exp(-0.2 * PI**2 * t) * sin(PI * x)


def test_a_wrong_reference_fails():
    found = sciml.solve(Wrong(), quick=True)
    assert (found.passed, found.status) == (False, Status.STALLED)


def broken(**members):
    return type("Broken", (Rod,), members)()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (broken(equations=lambda self, u: u.tx - u.xy), "derivative 'xy'"),
        (broken(equations=lambda self, v: v.t), "unknown argument 'v': known: t, u, x"),
        (broken(equations=lambda self, u: u.d("y")), "axis 'y'"),
        (broken(equations=lambda self, u: u.d("x", "x", "x")), "of order 2"),
        (broken(equations=lambda self, u: u.t.sum()), "one real number a point"),
        (broken(equations=lambda self, u: 0.0), "a tensor, one number a point"),
        (broken(equations=lambda self, u, x: x), "without the fields"),
        (broken(trial=lambda self, x, t, u: (u, u)), "trial: got '2 values'"),
        (broken(conditions=lambda self: (Condition("y=0", lambda u: u.value),)), "axis of a face"),
        (broken(recipe=lambda self, quick=False: PdeRecipe(points=2000)), "at most 1000000"),
    ],
)
def test_bad_equations_are_refused_in_one_line(problem, words):
    with pytest.raises(ScimlError, match=words) as caught:
        sciml.solve(problem, quick=True)
    assert "\n" not in str(caught.value)


def test_points_of_another_shape(rod):
    with pytest.raises(ScimlError, match="columns x, t"):
        rod(np.zeros((3, 3)))


class Mixed(Pde):
    """u = x²y + t: u_xy = 2x, Δ over x and y = 2y, |∇u|² = (2xy)² + x⁴ + 1."""

    domain = Box(x=(0, 1), y=(0, 1), t=(0, 1))

    def trial(self, x, y, t, u):
        return x * x * y + t + 0 * u

    def equations(self, u, x, y, t):
        return {
            "mixed": u.xy - 2 * x,
            "flat": u.laplacian("x", "y") - 2 * y,
            "slope": u.gradient_squared() - 4 * x**2 * y**2 - x**4 - 1,
            "value": u - x**2 * y - t + 0 * torch.sin(u),
        }


def test_every_way_to_write_a_derivative():
    problem = Mixed()
    assert problem.directions.seconds == ((("x", "y"),), (("x", "x"), ("y", "y")))
    assert problem.trivial(problem.recipe()) < 1e-12


class Open(Soft):
    """The ends of the rod are forgotten."""

    def conditions(self):
        return super().conditions()[:1]


class Insulated(Pde):
    """Pure Neumann conditions: u may be shifted."""

    domain = Box(x=(0, 1))

    def equations(self, u, x):
        return u.xx - (2 * x - 1)

    def conditions(self):
        return (Condition("boundary", lambda u: u.x),)


@pytest.mark.parametrize("problem", [Open(), Insulated()])
def test_what_is_left_open_is_doubted(problem):
    found = sciml.solve(problem, quick=True)
    assert found.metrics["residual"] < 1e-2
    assert found.passed is False
    assert "left open" in found.message or "something open" in found.message
    assert found.certificates["residual"]["freedom"] > 0.05


class One(Pde):
    """u' + u = 0, u(0) = 1, whose answer to a residual r is the integral of e^(s - t) r(s) up to t."""

    domain = Box(t=(0, 2))

    def trial(self, t, u):
        return 1 + t * u

    def equations(self, u):
        return u.t + u


def test_freedom_is_the_norm_of_greens_operator():
    problem, residual = One(), 1e-4
    found = sciml.solve(problem, quick=True)
    grid = problem.quadrature(problem.recipe(quick=True))
    t, root = grid.points[:, 0], np.sqrt(grid.weights)
    green = root[:, None] * np.tril(np.exp(t[None] - t[:, None])) * root
    green[np.diag_indices(len(t))] /= 2
    expected = residual * np.linalg.norm(green, 2) / np.linalg.norm(root * np.exp(-t))
    assert moved(problem, found.fields, grid, residual) == pytest.approx(expected, rel=0.02)


class Alone(Soft):
    """One condition that is not in a tuple."""

    def conditions(self):
        return super().conditions()[0]


def test_one_condition_alone_is_one_line():
    with pytest.raises(ScimlError, match="conditions: got 'Condition', expected a tuple of conditions"):
        sciml.solve(Alone(), quick=True)

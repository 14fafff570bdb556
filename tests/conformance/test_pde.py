"""Equations on boxes x what each must meet: a new one is one row of CASES."""

from dataclasses import dataclass, field, replace

import pytest
import torch

import sciml
from sciml.numerics.domains import Quadrature
from sciml.optim import Residual
from sciml.pde.naming import called, named
from sciml.pinn import ResidualSystem, Sample
from sciml.pinn.packing import pack

F64 = torch.float64


@dataclass(frozen=True)
class Case:
    """A problem and, where it has a closed form, how far its rows may be from zero there."""

    name: str
    parameters: dict = field(default_factory=dict)
    bound: float = 1e-11
    closed: bool = True

    @property
    def problem(self):
        return sciml.load_problem(self.name, **self.parameters)


CASES = (
    Case("heat"),
    Case("heat", {"diffusivity": 0.7}),
    Case("wave", bound=1e-10),
    Case("helmholtz-2d", {"k": 3.0, "m": 2}, bound=1e-10),
    Case("kovasznay"),
    Case("burgers", closed=False),
    Case("allen-cahn", closed=False),
)
each = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "-".join([case.name, *map(str, case.parameters.values())])
)


def system_of(problem, seed=0):
    recipe = replace(problem.recipe(), hidden=(5,), points=4)
    network, grid = problem.network(recipe, seed), problem.quadrature(recipe)
    return ResidualSystem(problem, network, grid), pack(network, torch.zeros(0, dtype=F64)), network, grid


@each
def test_rows_see_their_own_point(case):
    """Disturbing point j changes row j of each equation alone, and no condition on a face."""
    problem = case.problem
    system, theta, network, grid = system_of(problem)
    before, names = system(theta), system.names()
    for j in (0, 7, len(grid.points) - 1):
        moved = grid.points.copy()
        moved[j] += 1e-3
        after = ResidualSystem(problem, network, Quadrature(moved, grid.weights))(theta)
        changed = ((after - before).abs() > 1e-13 * before.abs().max()).nonzero()[:, 0].tolist()
        starts = [names.index(name) for name in problem.trace.equations]
        assert changed == [start + j for start in starts]


@each
def test_jacobian(case):
    system, theta, _, _ = system_of(case.problem)
    jacobian, exact = system.linearize(theta)[1], Residual.linearize(system, theta)[1]
    assert float((jacobian - exact).abs().max()) <= 1e-12 * float(exact.abs().max())


def norms(problem, change=0.0):
    """The norm of each term's rows where the trial solution gives way to the exact one."""
    found = {}
    for term in problem.terms():
        inside = term.where == "interior"
        grid = problem.domain.quadrature(12) if inside else problem.place(term.where)
        x, weights = torch.from_numpy(grid.points), torch.from_numpy(grid.weights)
        position = problem.position(x)
        axes = {name: position[:, k] for k, name in enumerate(problem.domain.axes)}
        fields = named(called(problem.exact, axes), problem.unknowns, "exact")
        moved = {name: jet + change * position[:, 0] ** 2 * position[:, 1] for name, jet in fields.items()}
        scalars = {name: torch.full_like(weights, scalar.guess) for name, scalar in problem.scalars.items()}
        row = term.f(Sample(x, moved, scalars, problem.coefficients(x)))
        found[term.name] = float((weights * row.square()).sum().sqrt())
    return found


@pytest.mark.parametrize("case", [case for case in CASES if case.closed], ids=lambda case: case.name)
def test_the_exact_solution_solves(case):
    exact = norms(case.problem)
    assert max(exact.values()) <= case.bound, exact
    assert max(norms(case.problem, change=1e-3).values()) > 1e3 * case.bound


@pytest.mark.parametrize("case", [case for case in CASES if case.closed], ids=lambda case: case.name)
def test_the_trial_solution_meets_the_conditions_that_it_says(case):
    """On faces without a condition of their own the trial solution is the exact one, whatever the network."""
    problem = case.problem
    _, _, network, _ = system_of(problem, seed=3)
    rod = ("t=0", "x=left", "x=right")
    faces = {"heat": rod, "wave": rod, "helmholtz-2d": ("boundary",)}
    for face in faces.get(case.name, ()):
        x = torch.from_numpy(problem.domain.face(face, 5).points)
        position = problem.position(x)
        fields = problem.trial_fields(network.jet(problem.inputs()(position)), position, {})
        for name, exact in problem.exact_fields(x.numpy()).items():
            ours = fields[name].value.detach().numpy()
            assert ours == pytest.approx(exact, abs=1e-13)

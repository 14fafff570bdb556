"""The premixed flame: its burning velocity and profiles, from a random start and no stored reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import sciml
from sciml import Status, load_problem, solve
from sciml.errors import ArgumentError
from sciml.flame.burning import Flame, PremixedFields, first_guess
from sciml.flame.mixture import Mixture
from sciml.numerics.derivatives import Jet
from sciml.pinn.fields import PinnFields

TABLE = {
    (0.4, 298.0, 1.0): 0.267820482020,
    (0.5, 298.0, 1.2): 0.380325983888,
    (0.4, 600.0, 1.0): 0.690851129563,
}


def flame(phi: float, T_in: float = 298.0, p_atm: float = 1.0):
    return load_problem("premixed-flame", phi=phi, T_in=T_in, p_atm=p_atm)


@pytest.fixture(scope="module")
def solution():
    return solve(flame(0.42))


def test_default_solve(solution) -> None:
    comparison = solution.compare().by_name()
    assert comparison["s_L"].error <= 5e-6
    assert comparison["T"].error <= 1e-5
    assert solution.passed
    assert solution.certificates["s_L"]["energy_imbalance"] < 1e-4


@pytest.mark.parametrize("condition", TABLE)
def test_quick_solve_at_other_conditions(condition) -> None:
    solution = solve(flame(*condition), quick=True)
    assert solution.scalars["s_L"] == pytest.approx(TABLE[condition], rel=1e-4)


def test_the_thinnest_flame_converges() -> None:
    """Slopes of 6 leave it at a loss ten times too large after 500 steps."""
    solution = solve(flame(0.6, p_atm=5.0), seed=1)
    assert solution.status is Status.CONVERGED
    assert solution.passed


def test_that_the_gas_is_a_model_is_said() -> None:
    """The temperatures of the first line are those of the ends of the ranges."""
    said = type(flame(0.4)).__doc__.splitlines()[0]
    ends = [flame(*corner).mixture.T_max for corner in ((0.35, 250.0), (0.6, 650.0))]
    assert "a model gas, burnt at {:.0f} to {:.0f} K".format(*(round(T, -1) for T in ends)) in said


def test_units_and_relations(solution) -> None:
    mixture, s_L = flame(0.42).mixture, solution.scalars["s_L"]
    found = solution(np.linspace(0.0, 1.5e-3, 50))
    density = mixture.density(found["T"], s_L)
    assert density * found["u"] == pytest.approx(mixture.rho_in * s_L, rel=1e-12)
    assert found["T"][0] == pytest.approx(298.0, rel=1e-12)
    energy = mixture.cp * found["T"] + mixture.heat * found["Y_F"]
    assert energy == pytest.approx(energy[0], rel=1e-12)
    slope = solution.jet(torch.zeros(1, dtype=torch.float64))["T"].first
    assert float(slope.detach()) == pytest.approx(1e5, rel=1e-10)
    assert 1e-4 < solution.metrics["thickness"] < 4e-4


def test_no_reference_is_used_to_solve(monkeypatch) -> None:
    kind = type(flame(0.4))
    monkeypatch.setattr(kind, "reference", lambda self: pytest.fail("a reference was used"))
    assert (
        kind()
        .run(sciml.contracts.problem.Settings(quick=True), sciml.contracts.monitor.Monitor())
        .status.usable
    )


def test_the_guess_is_near_but_not_the_answer() -> None:
    for condition, exact in TABLE.items():
        assert 0.01 < abs(first_guess(flame(*condition).mixture) / exact - 1) < 0.3


def test_an_extinct_flame_is_named(solution) -> None:
    class Cold(PinnFields):
        def jet(self, x):
            jet = super().jet(x)["T"]
            return {"T": Jet(298.0 + 0 * jet.value, 0 * jet.first, 0 * jet.second)}

    problem = flame(0.42)
    cold = Cold(problem, solution.fields.network, solution.fields.raw)
    fault = Flame.of(cold, problem.mixture, problem.interval).fault(problem.mixture, 1e-6)
    assert "0% burnt" in fault
    assert "does not rise" in fault


def test_a_velocity_that_loses_mass_is_no_flame(solution, monkeypatch) -> None:
    """Solver and reference share the formula, and agree on it when it is wrong."""
    problem, fields = flame(0.42), solution.fields
    assert Flame.of(fields, problem.mixture, problem.interval).fault(problem.mixture, 1e-6) == ""
    right = Mixture.velocity
    monkeypatch.setattr(Mixture, "velocity", lambda self, T, s_L, xp=np: (1 + 1e-5) * right(self, T, s_L, xp))
    fault = Flame.of(fields, problem.mixture, problem.interval).fault(problem.mixture, 1e-6)
    assert "the mass flux is off by 1e-05" in fault


def test_a_wrong_velocity_fails(solution) -> None:
    wrong = replace(solution, scalars={"s_L": solution.scalars["s_L"] * (1 + 2e-5)})
    assert wrong.compare().passed is False
    assert wrong.status in (Status.CONVERGED, Status.MAX_STEPS)


def test_saved_and_loaded(solution, tmp_path) -> None:
    folder = solution.save(tmp_path / "run")
    again = sciml.load(folder, problem=flame(0.42))
    x = np.linspace(0.0, 1.5e-3, 7)
    assert isinstance(again.fields, PremixedFields)
    for name in ("T", "u", "Y_F", "rate"):
        assert (again(x)[name] == solution(x)[name]).all()


@pytest.mark.parametrize("bad", [{"phi": 0.1}, {"T_in": 1000.0}, {"p_atm": -1.0}])
def test_out_of_range_is_refused(bad) -> None:
    with pytest.raises(ArgumentError, match=next(iter(bad))):
        load_problem("premixed-flame", **bad)

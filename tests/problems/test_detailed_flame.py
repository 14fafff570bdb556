"""The detailed flame: burning velocity, conservation, sensitivities, and wrongs that are seen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import sciml
from sciml.errors import ArgumentError
from sciml.flame.detailed import BEYOND, LEFT
from sciml.flame.detailed_evidence import Conserved
from sciml.flame.gases import arrays
from sciml.flame.gases.methane_air import MethaneAir
from sciml.flame.gases.tensors import TorchGas
from sciml.flame.references.detailed import detailed_reference
from sciml.numerics.derivatives import Jet
from sciml.pinn.fields import PinnFields

# Collocation of our own, done elsewhere; the limit of Cantera's flame under refinement agrees to 3e-7.
LIMITS = {0.6: 0.166465097, 0.8: 0.279669250, 0.9: 0.333003783, 1.0: 0.380914844}


@pytest.fixture(scope="module")
def problem():
    return sciml.load_problem("detailed-flame")


@pytest.fixture(scope="module")
def solution(problem):
    return sciml.solve(problem, quick=True)


def test_quick_solve(solution):
    assert solution.passed
    assert solution.scalars["s_L"] == pytest.approx(LIMITS[0.8], rel=1e-4)
    certificate = solution.certificates["s_L"]
    assert certificate["element_error"] < 1e-3
    assert certificate["enthalpy_error"] < 1e-3
    assert certificate["rises"]
    found = solution(np.array([-0.02, 0.0, 0.05]) * 1e-2)
    assert found["T"][1] == pytest.approx(1000.0, rel=1e-12)
    np.testing.assert_allclose(sum(found[f"Y_{name}"] for name in ("O2", "H2O", "CH4", "CO2", "N2")), 1.0)


@pytest.mark.parametrize("phi", [1.0, *(pytest.param(phi, marks=pytest.mark.slow) for phi in (0.6, 0.9))])
def test_the_reference_is_the_limit_of_canteras_grids(phi):
    flame = detailed_reference(MethaneAir(phi=phi), LEFT, BEYOND)
    assert flame.s_L == pytest.approx(LIMITS[phi], rel=2e-8)
    assert flame.error < 5e-7 * flame.s_L


def test_the_second_formulation_sees_a_wrong_heat_capacity(monkeypatch):
    """The first has enthalpies alone."""
    right = arrays.heat_capacity
    monkeypatch.setattr(arrays, "heat_capacity", lambda gas, T: (1 + 1e-4) * right(gas, T))
    flame = detailed_reference(MethaneAir(phi=0.81), LEFT, BEYOND)
    assert flame.error > 1e-5 * flame.s_L


def test_sensitivities(solution, problem):
    """A acts as its square root, and p with the power -1/4 that a reaction of order 3/2 gives, exactly."""
    found = solution.sensitivities()["s_L"]
    assert found["A"] == pytest.approx(0.5, abs=1e-6)
    assert found["p_atm"] == pytest.approx(-0.25, abs=1e-6)
    assert found["conductivity"] + found["diffusivity"] == pytest.approx(0.5, abs=1e-5)
    first, last = (
        detailed_reference(replace(problem.gas, Ea=problem.gas.Ea * math.exp(h)), LEFT, BEYOND).s_L
        for h in (-1e-3, 1e-3)
    )
    assert found["Ea"] == pytest.approx(math.log(last / first) / 2e-3, abs=1e-3)


def test_wrong_transport_in_the_solver_is_seen(solution, problem, monkeypatch):
    """The certificate has formulas of its own: five per cent in D of torch's, and the other one objects."""
    right = TorchGas.properties

    def wrong(self, T, Y):
        found = right(self, T, Y)
        return replace(found, diffusivity=1.05 * found.diffusivity)

    monkeypatch.setattr(TorchGas, "properties", wrong)
    other = sciml.solve(problem, quick=True)
    assert not other.passed
    assert other.certificates["s_L"]["element_error"] > 10 * solution.certificates["s_L"]["element_error"]


def test_an_extinct_flame_is_named(solution, problem):
    class Cold(PinnFields):
        def jet(self, x):
            jets = super().jet(x)
            flat = {
                f"Y_{name}": value
                for name, value in zip(problem.gas.data.names, problem.gas.Y_in, strict=True)
            }
            return {
                name: Jet(0 * jet.value + {"T": 300.0, **flat}[name], 0 * jet.first, 0 * jet.second)
                for name, jet in jets.items()
            }

    cold = Cold(problem, solution.fields.network, solution.fields.raw)
    fault = Conserved.of(problem.gas, cold, problem.sampling()).fault({"energy": 1e-6})
    assert "only 0% of the fuel is burnt" in fault
    assert "does not rise" in fault


@pytest.mark.slow
@pytest.mark.parametrize("condition", [{"phi": 0.6}, {"phi": 0.9}, {"T_in": 400.0}, {"p_atm": 5.0}])
def test_default_solve_elsewhere(condition):
    solution = sciml.solve(sciml.load_problem("detailed-flame", **condition))
    assert solution.passed
    assert solution.compare().by_name()["s_L"].error < 5e-6


@pytest.mark.parametrize("bad", [{"phi": 1.3}, {"T_in": 1000.0}, {"p_atm": -1.0}])
def test_out_of_range_is_refused(bad):
    with pytest.raises(ArgumentError, match=next(iter(bad))):
        sciml.load_problem("detailed-flame", **bad)

"""Residual problems x what each must meet: a new one is one row of CASES."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import residual as suite
import torch
from scipy.interpolate import make_interp_spline

import sciml
from sciml.flame import FreedFlame
from sciml.flame.front_references import shoot
from sciml.flame.premixed import PremixedFlame
from sciml.flame.references.phase_plane import by_phase_plane
from sciml.flame.zfk import ZfkRate
from sciml.numerics.derivatives import Jet, sigmoid, sigmoid_order2, sin


@dataclass(frozen=True)
class Case:
    """A problem with its exact solution: fields as functions of the coordinate's jet, and scalars."""

    name: str
    exact: suite.Exact
    scalars: Mapping[str, float]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bound: float = 1e-10

    @property
    def problem(self) -> Any:
        return sciml.load_problem(self.name, **self.parameters)


def nagumo(x: Jet) -> dict[str, Jet]:
    z = x * (1 / math.sqrt(2))
    return {"_z": z, "theta": sigmoid(z)}


def power_law(n: int) -> suite.Exact:
    """θ = (1 + (2ⁿ − 1) e^{−nξ})^{−1/n}."""
    return lambda x: steep(softplus(x * -n + math.log(2**n - 1)) * (1 / n))


def fisher(x: Jet) -> dict[str, Jet]:
    return steep(softplus(x * (-1 / math.sqrt(6))) * 2)


def steep(v: Jet) -> dict[str, Jet]:
    """A front θ = e^{−v}, whose log-odds are −log(e^v − 1)."""
    z = v.apply(lambda v: (-v.expm1().log(), 1 / (-v).expm1(), (-v).exp() / (-v).expm1().square()))
    return {"_z": z, "theta": sigmoid(z)}


def softplus(y: Jet) -> Jet:
    return y.apply(lambda y: (torch.nn.functional.softplus(y), *sigmoid_order2(y)[:2]))


def zfk(beta: float, gamma: float, lewis: float) -> suite.Exact:
    """The flame found by shooting."""

    def exact(at: Jet) -> dict[str, Jet]:
        jets = {name: splined(x, values, at) for name, (x, values) in shot(beta, gamma, lewis).items()}
        return {**jets, "theta": sigmoid(jets["_z"])}

    return exact


@lru_cache
def shot(beta: float, gamma: float, lewis: float) -> dict[str, tuple[Any, Any]]:
    """log(θ/(1 − θ)) and log(Y/(1 − θ)) on points."""
    x = np.linspace(-9.5, 3.5, 1301)
    theta, fuel = shoot(ZfkRate(beta, gamma, lewis))(x)
    return {"_z": (x, np.log(theta / (1 - theta))), "_s": (x, np.log(fuel / (1 - theta)))}


def premixed(problem: PremixedFlame) -> suite.Exact:
    """The flame of the phase plane, its log-odds on points of the position in metres."""
    profile = by_phase_plane(problem.mixture, 1.01 * problem.interval.right)
    span = float(problem.scales({"s_L": torch.tensor(profile.s_L, dtype=torch.float64)}).span)
    x = np.linspace(0.0, problem.interval.right, 801)
    unburnt = (problem.mixture.T_max - profile.temperature(x)) / span

    def exact(at: Jet) -> dict[str, Jet]:
        z = splined(x, np.log1p(-unburnt) - np.log(unburnt), at)
        theta = sigmoid(-z)
        return {"T": problem.mixture.T_max - theta * span, "_z": z, "_unburnt": theta}

    return exact


def splined(x: Any, values: Any, at: Jet) -> Jet:
    """A function of the coordinate itself, given by a spline through its values."""
    spline = make_interp_spline(x, values, k=7)
    return Jet(*(torch.from_numpy(spline(at.value.numpy(), nu=order)) for order in range(3)))


def box(x: Jet) -> dict[str, Jet]:
    """Ground state of a box of length 1."""
    return {"psi0": sin(x * math.pi) * math.sqrt(2)}


CASES = (
    Case("nagumo-front", nagumo, {"c": 0.5 / math.sqrt(2)}),
    Case("nagumo-front", nagumo, {"c": -0.6 / math.sqrt(2)}, {"a": 0.8}),
    Case("power-law-front", power_law(2), {"c": 1.0}, bound=1e-6),
    Case("power-law-front", power_law(8), {"c": 1.0}, {"n": 8}, bound=1e-6),
    Case("fisher-kpp", fisher, {"c": 5 / math.sqrt(6)}, bound=1e-6),
    Case("zfk-flame", zfk(10.0, 0.8, 1.0), {"m": 0.91760747319}, bound=1e-5),
    Case("zfk-flame", zfk(10.0, 0.8, 0.5), {"m": 0.95780287994}, {"Le": 0.5}, bound=1e-5),
    Case("infinite-well", box, {"E0": math.pi**2}, {"states": 1}),
)
each = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "-".join([case.name, *map(str, case.parameters.values())])
)


@each
def test_rows_see_their_own_point(case):
    suite.check_rows_see_their_own_point(case.problem)


@each
def test_jacobian(case):
    suite.check_jacobian(case.problem)


@each
def test_reference_solves(case):
    suite.check_reference_solves(case.problem, case.exact, case.scalars, case.bound)


@each
def test_exact_scalars_are_the_reference(case):
    known = case.problem.reference().scalars
    for name, measured in known.items():
        assert measured.value == pytest.approx(case.scalars[name], abs=max(measured.error, 1e-12))


def test_the_suite_catches_a_wrong_sign():
    case = CASES[0]
    with pytest.raises(AssertionError):
        suite.check_reference_solves(case.problem, nagumo, {"c": -case.scalars["c"]}, case.bound)


def test_the_detailed_flame():
    problem = sciml.load_problem("detailed-flame")
    suite.check_rows_see_their_own_point(problem)
    suite.check_jacobian(problem)


def test_the_premixed_flame_solves_its_rows():
    """The flame of the phase plane: the equation to rounding, the slow manifold to its order.

    T' = 0 in the place of the manifold would leave thirty times as much.
    """
    problem = sciml.load_problem("premixed-flame", phi=0.4)
    suite.check_rows_see_their_own_point(problem)
    suite.check_jacobian(problem)
    exact, scalars = premixed(problem), {"s_L": 0.267820482020}
    norms = suite.residual_norms(problem, exact, scalars)
    assert set(norms) == {"flame", "burnt"}
    assert norms["flame"] <= 1e-10
    assert norms["burnt"] <= 2e-4
    wrong = replace(problem.mixture, A=problem.mixture.A * (1 + 1e-5))
    assert suite.residual_norms(FreedFlame(gas=wrong), exact, scalars)["flame"] > 1e-8

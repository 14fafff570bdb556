"""Residual problems x what each must meet: a new one is one row of CASES."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import residual as suite

import sciml
from sciml.derivatives import Jet, sigmoid, sin


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


def box(x: Jet) -> dict[str, Jet]:
    """Ground state of a box of length 1."""
    return {"psi0": sin(x * math.pi) * math.sqrt(2)}


CASES = (
    Case("nagumo-front", nagumo, {"c": 0.5 / math.sqrt(2)}),
    Case("nagumo-front", nagumo, {"c": -0.6 / math.sqrt(2)}, {"a": 0.8}),
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
    for name, value in case.scalars.items():
        assert known[name].value == pytest.approx(value, abs=max(known[name].error, 1e-12))


def test_the_suite_catches_a_wrong_sign():
    case = CASES[0]
    with pytest.raises(AssertionError):
        suite.check_reference_solves(case.problem, nagumo, {"c": -case.scalars["c"]}, case.bound)

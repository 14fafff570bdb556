"""Fronts with closed forms: speeds and profiles from a random start, stiff ones by continuation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sciml import load_problem, solve
from sciml.contracts.reference import Measured


@pytest.mark.parametrize(("n", "tolerance"), [(1, 2e-6), (2, 2e-6), (8, 2e-5)])
def test_power_law_speed(n: int, tolerance: float) -> None:
    solution = solve(load_problem("power-law-front", n=n))
    assert solution.scalars["c"] == pytest.approx(1.0, abs=tolerance)
    assert solution.passed


def test_fisher_profile_at_the_given_speed() -> None:
    solution = solve(load_problem("fisher-kpp"), quick=True)
    assert solution.passed
    assert "c" not in solution.compare().by_name()


@pytest.mark.parametrize(("name", "parameters"), [("power-law-front", {"n": 2}), ("fisher-kpp", {})])
def test_the_reference_solves_the_equation(name: str, parameters: dict[str, int]) -> None:
    """Second differences of the reference profile leave an error that falls as h squared."""
    problem = load_problem(name, **parameters)
    profile = problem.reference().fields["theta"]
    speed = 1.0 if name == "power-law-front" else 5 / np.sqrt(6)

    def exact(x: np.ndarray) -> np.ndarray:
        if name == "power-law-front":
            return (1 + (2**2 - 1) * np.exp(-2 * x)) ** -0.5
        return (1 + np.exp(-x / np.sqrt(6))) ** -2

    def residual(h: float) -> float:
        x = np.linspace(-3.0, 3.0, 61)
        left, middle, right = exact(x - h), exact(x), exact(x + h)
        growth = problem.growth(torch.from_numpy(middle)).numpy()
        source = middle * (1 - middle) * growth
        return float(
            np.abs((right - 2 * middle + left) / h**2 - speed * (right - left) / (2 * h) + source).max()
        )

    coarse, fine = residual(0.02), residual(0.01)
    assert fine < 1e-3
    assert coarse / fine == pytest.approx(4.0, rel=0.05)
    shift = np.interp(0.5, profile.values, profile.x) - np.interp(0.5, exact(profile.x), profile.x)
    assert exact(profile.x - shift) == pytest.approx(profile.values, abs=2e-3)


def test_a_wrong_speed_fails() -> None:
    problem = load_problem("power-law-front")
    solution = solve(problem)

    class Wrong(type(problem)):
        def reference(self):
            right = super().reference()
            return replace(right, scalars={"c": Measured(1.0 + 1e-5)})

    assert replace(solution, problem=Wrong()).compare().passed is False

"""Bad wells are refused in one line that says what, where and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from sciml import load_problem, solve
from sciml.errors import ArgumentError, ArgumentTypeError, ScimlError
from sciml.quantum import QuantumWell


def well(potential=lambda x: 0.5 * x**2, domain=(-5.0, 5.0), **options) -> QuantumWell:
    return QuantumWell(potential, domain, **options)


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ((5.0, -5.0), "left < right"),
        ((1.0, 1.0), "left < right"),
        ((-np.inf, 5.0), "finite"),
        ((0.0, np.nan), "finite"),
        (("a", 1.0), "number"),
        ((0.0,), "(left, right)"),
        (3.0, "(left, right)"),
    ],
)
def test_domain(domain: object, words: str) -> None:
    with pytest.raises(ScimlError, match="domain") as refused:
        well(domain=domain)
    assert words in str(refused.value)


@pytest.mark.parametrize("states", [0, -1, 2.0, True])
def test_states(states: object) -> None:
    with pytest.raises(ScimlError, match="states"):
        well(states=states)


@pytest.mark.parametrize(
    ("kinetic", "kind"),
    [(0.0, ArgumentError), (-1.0, ArgumentError), (np.nan, ArgumentError), ("1", ArgumentTypeError)],
)
def test_kinetic(kinetic: object, kind: type) -> None:
    with pytest.raises(kind, match="kinetic"):
        well(kinetic=kinetic)


@pytest.mark.parametrize(
    ("potential", "words"),
    [
        (lambda x: 1.0, "shape"),
        (lambda x: x[:-1], "shape"),
        (lambda x: x[:, None] * x, "shape"),
        (lambda x: x + 0j, "complex"),
        (lambda x: np.where(x > 1.0, np.nan, x), "x = "),
        (lambda x: np.where(x > 2.0, np.inf, 0.0), "x = "),
        (lambda x: 1.0 if x > 0 else 0.0, "np.where"),
        (lambda x: np.array(["a"] * len(x)), "numbers"),
        ("x**2", "function"),
    ],
)
def test_potential(potential: object, words: str) -> None:
    with pytest.raises(ScimlError, match="potential") as refused:
        well(potential=potential)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_potential_in_torch() -> None:
    import torch

    ours = solve(well(lambda x: 0.5 * torch.square(x), kinetic=0.5, domain=(-8.0, 8.0)), max_steps=0)
    assert ours.scalars["E0"] == pytest.approx(0.5, rel=1e-10)


def test_jumps_outside() -> None:
    with pytest.raises(ArgumentError, match=r"jumps: got 7.0, .*inside"):
        well(jumps=(7.0,))


def test_a_well_wider_than_its_box() -> None:
    with pytest.raises(ArgumentError, match="half_width"):
        load_problem("finite-well", half_width=4.0)


@pytest.mark.parametrize("options", [{"dtype": "float32"}, {"start": "rits"}, {"method": "levenberg"}])
def test_solve_options(options: dict[str, str]) -> None:
    (name,) = options
    with pytest.raises(ScimlError, match=name):
        solve(load_problem("finite-well"), **options)


def test_more_states_than_are_bound_says_how_many_there_are() -> None:
    solution = solve(load_problem("finite-well", states=6), max_steps=0)
    assert "3 bound" in solution.message
    assert [item["bound"] for item in solution.certificates.values()] == [True] * 3 + [False] * 3


def test_units_far_off_scale_are_solved_or_refused_never_noise() -> None:
    tiny = solve(well(lambda x: 1e-300 * x**2, domain=(-1.0, 1.0)), max_steps=0)
    assert tiny.scalars["E0"] == pytest.approx(np.pi**2 / 4, rel=1e-10)
    assert tiny.compare().passed

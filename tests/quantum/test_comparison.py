"""A well's comparison: signs and degenerate subspaces are free, anything else is an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sciml import solve
from sciml.contracts.reference import Measured
from sciml.quantum import QuantumWell

from .wells import bundled


def two_wells(height: float) -> QuantumWell:
    """Two equal wells with a wall between them, so high that the lowest levels are pairs."""
    return QuantumWell(
        lambda x: np.where(abs(x) < 1.0, height, 0.0), (-3.0, 3.0), jumps=(-1.0, 1.0), kinetic=0.5, states=4
    )


def test_nearly_degenerate_levels_are_compared_as_a_subspace() -> None:
    solution = solve(two_wells(400.0), max_steps=0)
    energies = list(solution.scalars.values())
    assert abs(energies[1] - energies[0]) < 1e-8 * energies[0]
    comparison = solution.compare()
    assert comparison.passed
    turned = mixed(solution, 0.6)
    assert turned.compare().passed


def test_mixing_separate_levels_fails() -> None:
    solution = solve(bundled("infinite-well", states=2), max_steps=0)
    assert solution.compare().passed
    turned = mixed(solution, 1e-3).compare()
    assert [check.passed for check in turned.fields] == [False, False]


def mixed(solution, angle: float):
    """The same solution with psi0 and psi1 turned into each other."""

    class Mixed(type(solution.fields)):
        def __call__(self, x):
            psi = super().__call__(x)
            cosine, sine = np.cos(angle), np.sin(angle)
            first = cosine * psi["psi0"] + sine * psi["psi1"]
            second = cosine * psi["psi1"] - sine * psi["psi0"]
            return {**psi, "psi0": first, "psi1": second}

    fields = Mixed(solution.fields.well, solution.fields.networks)
    return replace(solution, fields=fields)


def test_a_wrong_reference_fails() -> None:
    well = bundled("finite-well")

    class Wrong(type(well)):
        def reference(self):
            right = super().reference()
            energy = right.scalars["E0"]
            return replace(right, scalars={"E0": Measured(energy.value * (1 + 1e-8), energy.error)})

    solution = replace(solve(well, max_steps=0), problem=Wrong())
    assert solution.compare().passed is False


def test_the_oscillators_reference_knows_its_box() -> None:
    wide, narrow = (bundled("harmonic", states=3, box=box).reference().scalars["E2"] for box in (7.0, 4.0))
    assert wide.error < 1e-11
    assert narrow.error > 1e-5
    assert solve(bundled("harmonic", states=3, box=4.0), max_steps=0).compare().passed


@pytest.mark.parametrize("parameters", [{"depth": 5.0}, {"half_width": 0.3, "box": 2.0}, {"depth": 1e4}])
def test_parameters_reach_the_reference(parameters: dict[str, float]) -> None:
    well = bundled("finite-well", states=3, **parameters)
    from sciml.quantum.references import spectral_elements

    pairs = spectral_elements(
        well.potential_energy, (-well.box, well.box), 3, interfaces=well.interval.interfaces
    )
    exact = [measured.value for measured in well.reference().scalars.values()]
    assert exact == pytest.approx(pairs.energies.tolist(), rel=1e-11)
    assert solve(well, max_steps=0).compare().passed

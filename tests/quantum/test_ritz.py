"""The Rayleigh-Ritz start: exact, ordered, an upper bound, better with every basis function."""

from __future__ import annotations

import numpy as np
import pytest

from sciml import solve
from sciml.quantum.panels import panels_of
from sciml.quantum.references import spectral_elements

from .wells import BUNDLED, OWN, bundled


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", BUNDLED)
def test_five_states_of_the_bundled_wells(name: str, seed: int) -> None:
    comparison = solve(bundled(name, states=5), seed=seed, max_steps=0).compare()
    assert max(check.error for check in comparison.scalars) <= 1e-11
    assert max(check.relative_l2 for check in comparison.fields) <= 1e-7


@pytest.mark.parametrize("name", OWN)
def test_own_potentials(name: str) -> None:
    comparison = solve(OWN[name](), max_steps=0).compare()
    assert max(check.error for check in comparison.scalars) <= 1e-9
    assert comparison.passed
    assert max(check.reference_error / abs(check.reference) for check in comparison.scalars) < 1e-10


def test_energies_bound_the_true_ones_from_above_and_fall_with_the_basis() -> None:
    well = bundled("finite-well", states=4)
    exact = [measured.value for measured in well.reference().scalars.values()]
    curves = solve(well, max_steps=0).curves["ritz"]
    for n, energy in enumerate(exact):
        found = np.array(curves[f"E{n}"])
        assert (found >= energy * (1 - 1e-12)).all()
        assert (np.diff(found) <= 1e-12 * energy).all()
        assert found[0] > 1.01 * energy


@pytest.mark.slow  # the box without its interfaces takes twenty seconds
def test_interface_inputs_and_aligned_panels_are_worth_many_digits() -> None:
    from sciml.numerics.domains import Interval

    class Blind(type(bundled("finite-well"))):
        @property
        def interval(self) -> Interval:
            return Interval(-self.box, self.box)

        name = "finite-well"

    aware, blind = bundled("finite-well"), Blind()
    exact = aware.reference().scalars["E0"].value
    ours = solve(aware, max_steps=0).scalars["E0"]
    theirs = solve(blind, max_steps=0).scalars["E0"]
    assert abs(theirs - exact) > 1e5 * abs(ours - exact)


def test_panels_cover_the_box_and_meet_at_the_jumps() -> None:
    well = bundled("barrier", states=5)
    panels = panels_of(well).at_least(20)
    assert len(panels.need) >= 20
    assert (np.diff(panels.edges) > 0).all()
    for point in (-1.0, -0.2, 0.2, 1.0):
        assert point in panels.edges
    assert panels.quadrature(8).weights.sum() == pytest.approx(2.0, rel=1e-14)


def test_no_panel_is_coarse_beside_a_fine_one() -> None:
    from sciml.quantum.panels import REACH

    panels = panels_of(bundled("finite-well", states=12, depth=1e4))
    needed = np.maximum(np.r_[0.0, panels.need[:-1]], np.r_[panels.need[1:], 0.0])
    assert (panels.widths * needed <= REACH).all()
    assert panels.widths.max() > 10 * panels.widths.min()


def test_same_seed_same_bits_other_seed_other_network() -> None:
    well = bundled("barrier", states=2)
    x = np.linspace(-0.9, 0.9, 7)
    first, again, other = (solve(well, seed=seed)(x)["psi1"] for seed in (3, 3, 4))
    assert (first == again).all()
    assert not (first == other).all()


def test_units_do_not_matter() -> None:
    from sciml.quantum import QuantumWell

    plain = solve(QuantumWell(lambda x: 0.5 * x**2, (-7.0, 7.0), kinetic=0.5, states=3), max_steps=0)
    length, energy = 3e-9, 7e-21
    scaled = solve(
        QuantumWell(
            lambda x: 0.5 * energy * (x / length) ** 2,
            (-7 * length, 7 * length),
            kinetic=0.5 * energy * length**2,
            states=3,
        ),
        max_steps=0,
    )
    for name, value in plain.scalars.items():
        assert scaled.scalars[name] / energy == pytest.approx(value, rel=1e-11)


@pytest.mark.parametrize("states", [12, 30])
def test_many_states(states: int) -> None:
    well = bundled("infinite-well", states=states)
    comparison = solve(well, max_steps=0).compare()
    assert max(check.error for check in comparison.scalars) <= 1e-9
    reference = spectral_elements(well.potential_energy, (0.0, 1.0), states)
    assert len(comparison.scalars) == len(reference.energies)

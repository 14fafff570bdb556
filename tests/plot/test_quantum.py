from __future__ import annotations

import numpy as np
import plot_looks as looks
import plot_toys as toys
import pytest
from matplotlib.figure import Figure

from sciml import plot
from sciml.plot.histories import EPSILON

CASES = {
    "infinite-1": lambda: toys.infinite_well(1),
    "infinite-12": lambda: toys.infinite_well(12),
    "harmonic-5": lambda: toys.harmonic(5),
    "harmonic-12": lambda: toys.harmonic(12),
    "finite": toys.finite_well,
    "huge": lambda: toys.finite_well(3, depth=1e6),
    "pairs": toys.double_well,
    "one pair": lambda: toys.double_well(2),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    solution = CASES[request.param]()
    return solution, plot.comparison(solution)


@pytest.fixture(scope="module")
def written(case):
    return looks.boxes(case[1])


def test_levels_are_the_energies(case):
    solution, figure = case
    for name, energy in solution.scalars.items():
        assert set(looks.line(figure.axes[0], name).get_ydata()) == {energy}


def test_waves_stand_at_their_energies_and_cover_their_references(case):
    solution, figure = case
    for index, (name, energy) in enumerate(solution.scalars.items()):
        wave, known = (solution.samples[f"psi{index}{end}"] for end in ("", "_reference"))
        ours = looks.line(figure.axes[0], f"psi of {name}").get_ydata() - energy
        theirs = looks.line(figure.axes[0], f"reference of {name}").get_ydata() - energy
        scale = np.abs(ours).max() / np.abs(wave).max()
        np.testing.assert_allclose(ours, scale * wave, atol=1e-9 * np.abs(ours).max() + 1e-12 * energy)
        np.testing.assert_allclose(theirs, scale * known, atol=1e-9 * np.abs(ours).max() + 1e-12 * energy)


def test_all_waves_are_in_view(case):
    solution, figure = case
    low, high = figure.axes[0].get_ylim()
    for name in solution.scalars:
        values = looks.line(figure.axes[0], f"psi of {name}").get_ydata()
        assert low < values.min()
        assert values.max() < high


def test_labels_say_the_energies(case):
    solution, figure = case
    labels = [
        item.get_text().split(" = ") for item in figure.axes[0].texts if item.get_gid() == "level label"
    ]
    assert [name for name, _ in labels] == sorted(solution.scalars, key=solution.scalars.get)
    for name, value in labels:
        assert float(value) == pytest.approx(solution.scalars[name], rel=1e-6)


def test_nothing_written_overlaps_or_leaves_the_page(case, written):
    _, figure = case
    boxes = list(written.values())
    assert len([name for name in written if " = " in name]) == len(case[0].scalars)
    assert looks.apart(boxes)
    width, height = figure.get_size_inches() * figure.dpi
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)


def test_errors_are_those_of_the_waves_with_zeros_masked():
    solution = toys.harmonic(3)
    samples = dict(solution.samples)
    samples["psi1"] = samples["psi1_reference"].copy()
    samples["psi1"][10] += 1e-5
    figure = plot.comparison(toys.replace(solution, samples=samples))
    drawn = looks.line(figure.axes[1], "E1").get_ydata()
    assert np.ma.getmaskarray(drawn).sum() == len(drawn) - 1
    assert drawn[10] == pytest.approx(1e-5)
    np.testing.assert_array_equal(
        looks.line(figure.axes[1], "E0").get_ydata(), np.abs(samples["psi0"] - samples["psi0_reference"])
    )


def test_convergence_holds_ritz_and_training_errors_and_the_tolerance():
    solution = toys.harmonic(2)
    ritz, training = plot.comparison(solution).axes[2:]
    found = np.abs(np.array(solution.curves["ritz"]["E1"]) - 1.5) / 1.5
    np.testing.assert_allclose(looks.line(ritz, "E1").get_ydata(), np.maximum(found, EPSILON))
    assert list(looks.line(ritz, "E1").get_xdata()) == solution.curves["ritz"]["basis"]
    np.testing.assert_allclose(looks.line(ritz, "tolerance").get_ydata(), 1e-9, rtol=1e-5)
    assert (ritz.get_xscale(), ritz.get_yscale(), training.get_yscale()) == ("log", "log", "log")
    last = [row["energy"] for row in solution.history if row["state"] == 1.0][-1]
    assert looks.line(training, "E1").get_ydata()[-1] == pytest.approx(abs(last - 1.5) / 1.5)
    assert list(looks.line(training, "E1").get_xdata()[:3]) == [0.0, 1.0, 2.0]


def test_without_history_reference_or_both():
    assert len(plot.comparison(toys.harmonic(3, history=False)).axes) == 2
    assert len(plot.comparison(toys.harmonic(3, reference=False)).axes) == 3
    bare = plot.comparison(toys.harmonic(3, history=False, reference=False))
    assert len(bare.axes) == 1
    assert looks.text(bare, "verdict") == "no reference"
    assert not [item for item in bare.axes[0].lines if (item.get_gid() or "").startswith("reference")]


def test_without_reference_ritz_energies_are_held_against_the_largest_basis():
    ritz = plot.comparison(toys.harmonic(3, reference=False)).axes[1]
    assert len(looks.line(ritz, "E0").get_xdata()) == 4
    assert "change" in ritz.get_ylabel()


def test_heading_names_the_worst_check():
    figure = plot.comparison(toys.harmonic(3))
    assert (looks.text(figure, "name"), looks.text(figure, "verdict")) == ("well", "PASS")
    assert looks.text(figure, "detail") == "worst error 3e-10 (psi0, allowed 1e-6)"
    wrong = plot.comparison(toys.harmonic(3, error=2e-4))
    assert looks.text(wrong, "verdict") == "FAIL"
    assert looks.text(wrong, "detail") == "worst error 7e-5 (psi0, allowed 1e-6)"


def test_jumps_are_vertical_and_what_is_higher_than_the_view_is_hatched():
    ax = plot.comparison(toys.finite_well(3, depth=1e6)).axes[0]
    x = looks.line(ax, "potential").get_xdata()
    np.testing.assert_allclose(np.sort(x[:-1][np.diff(x) == 0]), [-1.0, 1.0], atol=1e-3)
    (hatched,) = [item for item in ax.collections if item.get_gid() == "above view"]
    ends = np.concatenate([path.vertices[:, 0] for path in hatched.get_paths()])
    assert np.abs(ends).min() == pytest.approx(1.0, abs=0.01)
    assert ax.get_ylim()[1] < 100


def test_smooth_steep_potentials_have_no_jump():
    x = np.linspace(-3, 3, 200)
    for potential in (np.abs(x), x**20, np.tanh(20 * x), -1 / np.abs(x)):
        drawn = looks.line(plot.levels(x, potential, [1.0]), "potential").get_xdata()
        assert (np.diff(drawn[1:-1]) > 0).all()


def test_infinite_walls_deep_pits_and_repeated_points():
    x = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 3.0])
    ax = plot.levels(x, [np.inf, np.inf, 0.0, 0.0, np.inf, np.inf], [1.0, 2.0])
    assert np.isfinite(looks.line(ax, "potential").get_ydata()).all()
    x, weights = toys.gauss([-1.0, 1.0])
    wave = np.cos(np.pi * x / 2)
    ax = plot.levels(x, -1e-3 / (x**2 + 1e-9), [2.4], [wave], weights=weights)
    assert ax.get_ylim()[0] > -100
    assert ax.get_xlim()[0] == pytest.approx(-1.05)


def test_open_ends_have_no_walls():
    x = np.linspace(0, 1, 50)
    periodic = plot.levels(x, 0 * x, [1.0], [np.cos(2 * np.pi * x)])
    closed = plot.levels(x, 0 * x, [1.0], [np.sin(np.pi * x)])
    assert [sum(item.get_gid() == "wall" for item in ax.patches) for ax in (periodic, closed)] == [0, 2]


def test_states_that_are_not_numbers_are_left_out():
    solution = toys.harmonic(3)
    scalars = {**solution.scalars, "E1": np.nan}
    samples = {**solution.samples, "psi2": np.full_like(solution.samples["x"], np.nan)}
    figure = plot.comparison(toys.replace(solution, scalars=scalars, samples=samples))
    assert [text.split()[0] for text in looks.boxes(figure, "level label")] == ["E0"]
    nothing = toys.replace(solution, scalars=dict.fromkeys(solution.scalars, np.nan))
    assert not looks.boxes(plot.comparison(nothing), "level label")


def test_a_collapsed_wave_and_many_states_still_make_a_picture():
    x = np.linspace(0, 1, 50)
    plot.levels(x, 0 * x, [0.0], [0 * x]).figure.savefig(looks.nowhere())
    crowd = plot.levels(x, 0 * x, np.arange(60.0))
    assert looks.apart(list(looks.boxes(crowd.figure, "level label").values()))


def test_two_dimensions_give_a_map_a_state():
    solution = toys.box_2d(5)
    figure = plot.comparison(solution)
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 5
    drawn = figure.axes[1].collections[0].get_array().ravel()
    np.testing.assert_allclose(np.sort(drawn), np.sort(solution.samples["psi1"]))
    assert looks.apart(list(looks.boxes(figure).values()))

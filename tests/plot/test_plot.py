from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import plot_looks as looks
import plot_toys as toys
import pytest
from matplotlib.figure import Figure

import sciml.plot
from sciml import plot
from sciml.errors import ArgumentError
from sciml.plot._spread import figures, spread
from sciml.runs.loading import load

SOLUTIONS = {
    "quantum": lambda: toys.harmonic(3),
    "maps": lambda: toys.box_2d(2),
    "flame": toys.front,
    "flow": lambda: toys.moons(shape=(30, 20)),
}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_loaded_solution_gives_the_same_picture_without_the_history(name, tmp_path):
    solution = SOLUTIONS[name]()
    live = plot.comparison(toys.replace(solution, history=()))
    stored = plot.comparison(load(solution.save(tmp_path / "run")))
    assert looks.contents(stored) == looks.contents(live)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("quantum", "png"),
        ("quantum", "svg"),
        ("maps", "pdf"),
        ("flame", "png"),
        ("flow", "svg"),
        ("flow", "pdf"),
    ],
)
def test_figures_are_written_and_settings_left_alone(name, suffix, tmp_path):
    before = dict(mpl.rcParams)
    figure = plot.comparison(SOLUTIONS[name]())
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / f"picture.{suffix}")
    assert (tmp_path / f"picture.{suffix}").stat().st_size > 1000
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", SOLUTIONS)
def test_wide_enough_to_read(name):
    width = plot.comparison(SOLUTIONS[name]()).get_size_inches()[0] * sciml.plot._style.DPI
    assert width <= 1260


def test_the_user_s_own_settings_do_not_leak_in():
    with mpl.rc_context({"font.size": 40, "axes.grid": True, "xtick.labelsize": 30}):
        strange = looks.boxes(plot.comparison(toys.front()))
    plain = looks.boxes(plot.comparison(toys.front()))
    assert {text: box.height for text, box in strange.items()} == {
        text: box.height for text, box in plain.items()
    }


def test_neither_pyplot_nor_a_display_is_touched():
    code = (
        "import sys, warnings; warnings.simplefilter('error'); sys.path.insert(0, sys.argv[1]);"
        "import plot_looks as looks, plot_toys as toys;"
        "from sciml import plot; plot.comparison(toys.harmonic(2)).savefig(looks.nowhere());"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    folder = str(Path(__file__).parent)
    subprocess.run(
        [sys.executable, "-c", code, folder],
        check=True,
        env={"PATH": "", "HOME": folder, "MPLBACKEND": "agg"},
    )


def test_panels_are_drawn_into_the_axes_given():
    fig = Figure()
    axes = fig.subplots(2, 2).ravel()
    x = np.linspace(0, 1, 30)
    points = toys.moons(shape=(6, 5)).samples["x"]
    drawn = [
        plot.levels(x, 0 * x, [1.0], [np.sin(np.pi * x)], ax=axes[0]),
        plot.front(x, {"a": x, "b": 2 * x}, {"a": x}, ax=axes[1]),
        plot.convergence({"a": ([1, 2, 3], [1.0, 0.1, np.nan])}, tolerance=1e-3, ax=axes[2]),
        plot.density(points, points[:, 0], ax=axes[3]),
    ]
    assert drawn == list(axes)
    assert list(looks.line(axes[2], "a").get_ydata()) == [1.0, 0.1]
    assert looks.line(axes[1], "reference of a") is not None


def test_panels_make_their_own_figure():
    for ax in (plot.convergence({"a": ([1, 2], [1.0, 0.1])}), plot.deviation([0, 1], {"a": [1e-3, 0.0]})):
        ax.figure.savefig(looks.nowhere())


@pytest.mark.parametrize("kind", ["operator", "flow", "flame", "quantum"])
def test_what_cannot_be_drawn_is_refused(kind):
    solution = toys.replace(toys.harmonic(1), kind=kind, samples={"x": np.zeros((4, 3))})
    assert not plot.drawable(solution)
    with pytest.raises(ArgumentError, match=kind):
        plot.comparison(solution)


def test_labels_deviate_no_more_than_they_must():
    wanted = np.array([0.1, 0.1, 0.1, 0.5, 0.9, 0.92])
    found = spread(wanted, 0.1, 0.0, 1.0)
    np.testing.assert_allclose(found, [0.0, 0.1, 0.2, 0.5, 0.86, 0.96])
    assert spread(np.array([]), 0.1, 0.0, 1.0).size == 0


def test_digits_tell_near_degenerate_levels_apart_where_twelve_do():
    assert figures([1.0, 1.0 + 1e-9]) == ["1.000000000", "1.000000001"]
    assert figures([1.0, 1.0 + 1e-14]) == ["1.000000", "1.000000"]
    assert figures([]) == []

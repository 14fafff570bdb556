from __future__ import annotations

import numpy as np
import plot_looks as looks
import plot_toys as toys
import pytest

from sciml import plot
from sciml.errors import ArgumentError
from sciml.plot._grid import grid_of
from sciml.plot.densities import log_gap, usual


@pytest.mark.parametrize("indexing", ["xy", "ij"])
def test_panels_hold_both_densities_on_one_scale_and_their_difference(indexing):
    solution = toys.moons(indexing=indexing, shape=(40, 30))
    ours, known, apart = (ax.collections[0] for ax in plot.comparison(solution).axes[:3])
    x, log_prob = solution.samples["x"], solution.samples["log_prob"]
    table = ours.get_array()
    assert table.shape == (30, 40)
    column, row = np.argmin(abs(np.unique(x[:, 0]))), 12
    at = np.isclose(x[:, 0], np.unique(x[:, 0])[column]) & np.isclose(x[:, 1], np.unique(x[:, 1])[row])
    assert table[row, column] == pytest.approx(float(np.exp(log_prob[at][0])))
    assert ours.get_clim() == known.get_clim()
    assert apart.get_clim()[0] == -apart.get_clim()[1]


def test_difference_is_masked_where_the_reference_is_negligible():
    solution = toys.moons(shape=(40, 30))
    known = solution.samples["log_prob_reference"]
    drawn = plot.comparison(solution).axes[2].collections[0].get_array()
    hidden = np.exp(known - known.max()) < 1e-6
    assert 0 < hidden.sum() < len(hidden)
    np.testing.assert_array_equal(np.ma.getmaskarray(drawn).ravel(), hidden)


def test_infinities_are_masked():
    gap = log_gap(np.array([-np.inf, 1.0, 2.0]), np.array([0.0, -np.inf, 1.5]))
    assert gap.tolist() == [None, None, 0.5]


def test_the_tails_do_not_set_the_colours():
    known = np.log(np.array([0.5, 0.499, 0.001]))
    gap = log_gap(known + np.array([0.1, -0.2, 5.0]), known)
    assert usual(gap, known) == pytest.approx(0.2)
    assert usual(log_gap(np.full(3, np.nan), known), known) == 0.0


def test_heading_gives_the_gap_and_its_error_else_the_divergence_on_the_grid():
    solution = toys.moons(shape=(40, 30))
    assert "gap 0.0123 ± 0.0011 nat" in looks.text(plot.comparison(solution), "detail")
    detail = looks.text(plot.comparison(toys.replace(solution, metrics={})), "detail")
    assert float(detail.split(" = ")[1].split(" nat")[0]) == pytest.approx(0.006, abs=0.006)


def test_samples_training_and_what_may_be_absent():
    full = plot.comparison(toys.moons(shape=(40, 30)))
    assert len(looks.line(full.axes[0], "samples").get_xdata()) == 1000
    curve = full.axes[3]
    assert [item.get_gid() for item in curve.lines] == ["loss", "validation"]
    assert len(looks.line(curve, "validation").get_xdata()) == 40
    bare = plot.comparison(toys.moons(shape=(40, 30), reference=False, history=False, samples=False))
    assert len([ax for ax in bare.axes if ax.collections]) == 1
    assert not bare.axes[0].lines


@pytest.mark.parametrize("shape", [(60, 40), (30, 60), (60, 12)])
def test_text_stays_apart_and_colour_bars_beside_their_panels(shape):
    figure = plot.comparison(toys.stretched(shape))
    assert looks.apart(list(looks.boxes(figure).values()))
    panels = [ax.get_window_extent() for ax in figure.axes]
    panels += [child.get_window_extent() for ax in figure.axes for child in ax.child_axes]
    assert looks.apart(panels)


def test_points_off_a_grid_are_refused():
    with pytest.raises(ArgumentError, match="rectangular grid"):
        grid_of(np.random.default_rng(0).standard_normal((50, 2)))

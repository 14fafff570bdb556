from __future__ import annotations

from dataclasses import replace

import numpy as np
import plot_looks as looks
import pytest
from matplotlib import rcParams
from matplotlib.figure import Figure
from scipy import stats

from sciml import plot
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.status import Status
from sciml.plot._calibration import SIZE, band
from sciml.plot._corner import DOTS, MASSES, border, chosen, pairs_of
from sciml.runs.solution import Solution

SCORES = {
    "flow": (-3.7, 0.9),
    "Gaussian": (15.0, 1.2),
    "GMM (BIC)": (4.9, 1.4),
    "kernel density": (190.0, 20.0),
}


def columns(n, seed, shift=0.0, count=8):
    """Correlated normal columns, the third of which may be shifted; a category and an integer."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(n)
    found = {
        f"column {i}": 0.6 * common + rng.standard_normal(n) + (shift if i == 2 else 0) for i in range(count)
    }
    return found | {"kind": rng.choice(["red", "green"], n), "events": rng.poisson(2.0, n)}


def curves():
    steps = np.arange(0.0, 100.0, 5)
    return {"train": (steps, 5 - steps / 100), "validation": (steps, 5.2 - steps / 110)}


def whole(**changes):
    data, samples = columns(200, 0), columns(2000, 1)
    ranks = {name: np.random.default_rng(i).random(200) for i, name in enumerate(["log_density", *data])}
    made = {"scores": SCORES, "ranks": ranks, "losses": curves(), "passed": True, "detail": "by 8.6 nat"}
    return plot.table_fit("a table", data, samples, **{**made, **changes})


def test_the_columns_that_differ_most_are_drawn_and_that_is_said():
    pairs = pairs_of(columns(300, 0), columns(3000, 1, shift=2.0))
    assert len(pairs) == 10
    assert "column 2" in {item.name for item in chosen(pairs)}
    assert [item.name for item in chosen(pairs)] == [p.name for p in pairs if p in chosen(pairs)]
    assert max(pairs, key=lambda item: item.distance).name == "column 2"
    assert looks.text(whole(), "detail") == "by 8.6 nat · 6 of 10 columns, those furthest from the data"


def test_a_pair_holds_the_data_as_dots_and_contours_with_half_and_nine_tenths_of_the_samples():
    data, samples = columns(400, 0, count=2), columns(60_000, 1, count=2)
    figure = plot.corner(data, samples, columns=["column 0", "column 1"])
    ax = figure.axes[1]
    across, below = looks.line(ax, "data").get_data()
    np.testing.assert_array_equal([across, below], [data["column 0"], data["column 1"]])
    (contours,) = [item for item in ax.collections if item.get_gid() == "samples"]
    points = np.stack([samples["column 0"], samples["column 1"]], axis=1)
    paths = contours.get_paths()
    shares = [np.mean(path.contains_points(points)) for path in paths]
    assert shares == pytest.approx(MASSES, abs=0.03)  # outermost first: levels ascend


def test_border_encloses_its_mass():
    side = np.linspace(-6, 6, 301)
    table = stats.norm.pdf(side)[:, None] * stats.norm.pdf(side)
    for mass in MASSES:
        assert border(table, mass, table) == pytest.approx(
            (1 - mass) / (2 * np.pi), rel=0.02
        )  # exp(−r²/2) = 1 − mass


def test_histograms_have_one_area_and_levels_stand_apart():
    figure = plot.corner(columns(100, 0), columns(5000, 1), columns=["kind", "events", "column 0"])
    for ax in (figure.axes[0], figure.axes[2], figure.axes[5]):
        heights = [patch.get_xy() for patch in ax.patches]
        assert {patch.get_gid() for patch in ax.patches} == {"data", "samples"}
        assert len(heights) == 2
    dots = looks.line(figure.axes[1], "data")
    assert len(dots.get_xdata()) == 100
    kinds = np.round(dots.get_ydata() if figure.axes[1].get_ylabel() == "kind" else dots.get_xdata())
    assert set(kinds) <= {0.0, 1.0}
    assert len(looks.line(figure.axes[1], "samples").get_xdata()) == DOTS


def test_missing_cells_and_columns_of_one_side_alone_are_left_out():
    data, samples = columns(100, 0, count=3), columns(500, 1, count=3)
    data["column 0"][::3] = np.nan
    samples["column 1"][:] = np.nan
    del samples["kind"]
    data["word"], samples["word"] = np.array(["nan", "x"] * 50), np.array(["x", "y"] * 250)
    names = [item.name for item in pairs_of(data, samples)]
    assert names == ["column 0", "column 2", "events", "word"]
    assert pairs_of(data, samples)[-1].levels == ("x", "y")
    assert np.isnan(pairs_of(data, samples)[-1].rows).sum() == 50
    looks.boxes(plot.corner(data, samples))


def test_heavy_tails_do_not_set_the_axis():
    heavy = {"tail": np.append(np.random.default_rng(0).standard_normal(1000), 1e9)}
    (pair,) = pairs_of(heavy, {"tail": np.random.default_rng(1).standard_normal(1000)})
    assert pair.limits[1] < 10


def test_ranks_of_a_right_model_stay_in_the_band_as_often_as_it_says():
    """The band of 0.2 is left by one curve of 200 ranks among 1000 draws in a fifth of 400 trials at most."""
    width, left = band(200, 1000, 0.2), 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        u = np.searchsorted(np.sort(rng.random(1000)), rng.random(200)) / 1000 + rng.random(200) / 1000
        excess = looks.line(plot.calibration({"a": u}, draws=1000), "a").get_ydata() if seed == 0 else None
        steps = np.arange(201) / 200
        most = max(abs(steps[1:] - np.sort(u)).max(), abs(steps[:-1] - np.sort(u)).max())
        left += most > width
        assert excess is None or abs(excess).max() == pytest.approx(most)
    assert stats.binom.sf(left - 1, 400, 0.1) > SIZE  # half of 0.2: the other half is for folded ranks
    assert left > 10


def test_a_model_widened_by_1_3_leaves_the_band():
    rng = np.random.default_rng(0)
    u = stats.norm.cdf(rng.standard_normal(1500) / 1.3)
    ax = plot.calibration({"wide": u, "right": rng.random(1500)})
    reach = {name: abs(looks.line(ax, name).get_ydata()).max() for name in ("wide", "right")}
    limit = band(1500, None, SIZE / 2)
    assert reach["right"] < limit < reach["wide"]
    assert ax.get_ylim()[1] > reach["wide"]


def test_scores_are_ordered_with_their_errors_and_the_far_one_does_not_squeeze_the_rest():
    ax = plot.score_bars({**SCORES, "broken": (np.inf, np.nan)}, flow="flow")
    names = [item.get_text() for item in ax.get_yticklabels()]
    assert names == ["flow", "GMM (BIC)", "Gaussian", "kernel density", "broken"]
    texts = [item.get_text() for item in ax.texts]
    assert texts == ["−3.70 ± 0.90", "4.90 ± 1.40", "15.00 ± 1.20", "190.00 ± 20.00", "not finite"]
    low, high = ax.get_xlim()
    assert low < -4.6
    assert 16.2 < high < 190
    (bar, *_) = ax.collections
    np.testing.assert_allclose(bar.get_segments()[0][:, 0], [-4.6, -2.8])


@pytest.mark.parametrize(
    "scores", [{"flow": (1.0, 0.1)}, {"flow": (1.0, 0.0), "other": (1.0, np.nan)}, {"a": (np.nan, 1)}]
)
def test_scores_of_few_models_can_be_drawn(scores):
    ax = plot.score_bars(scores)
    assert np.isfinite(ax.get_xlim()).all()
    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_text_stays_apart():
    figure = whole()
    assert looks.apart(list(looks.boxes(figure).values()))
    width, height = figure.get_size_inches() * figure.dpi
    for box in looks.boxes(figure).values():
        assert -1 < box.x0 < box.x1 < width + 1
        assert -1 < box.y0 < box.y1 < height + 1


def test_verdict_is_shown_and_what_is_absent_leaves_no_gap():
    assert looks.text(whole(passed=False), "verdict") == "FAIL"
    bare = whole(scores=None, ranks=None, losses=None)
    assert len(bare.axes) == 21
    assert bare.get_figwidth() < whole().get_figwidth() - 4
    assert len(whole().axes) == 24


def test_nothing_global_is_changed_and_the_same_values_give_the_same_figure():
    before = dict(rcParams)
    first, second = whole(), whole()
    assert isinstance(first, Figure)
    assert looks.contents(first) == looks.contents(second)
    assert dict(rcParams) == before
    first.savefig(looks.nowhere())


def run(**changes):
    """What a fit to a table keeps."""
    rng = np.random.default_rng(0)
    made = {
        "holdout_0": rng.standard_normal(60), "draws_0": rng.standard_normal(500), "ranks_0": rng.random(60),
        "holdout_1": np.array(["x", "y"] * 30), "draws_1": np.array(["x", "y"] * 250),
        "ranks_1": rng.random(60), "ranks_log_density": rng.random(60),
    }  # fmt: skip
    scores = {"flow": -5.0, "gaussian": -6.5, "yeo-johnson-gmm": -5.5, "kernel-density": -7.0}
    certificates = {name: {"test_log_prob": value, "std_error": 0.2} for name, value in scores.items()}
    leads = (Check("lead_over_yeo-johnson-gmm", 0.5, 0.125, 0.0, 0.0, "higher"),)
    solution = Solution(
        name="a table",
        kind="flow",
        status=Status.CONVERGED,
        samples=made,
        certificates={**certificates, "classifier": {"p_value": 0.3}},
        table={"columns": ["size", "kind"], "drawn": ["size", "kind"]},
        history=tuple({"step": float(i), "loss": 3.0 - i, "validation": 3.5 - i} for i in range(3)),
        stored=Comparison(metrics=leads),
    )
    return replace(solution, **changes)


def test_the_run_of_a_table_is_drawn_with_its_verdict():
    figure = plot.comparison(run())
    assert looks.text(figure, "verdict") == "PASS"
    said = "the flow is 0.50 ± 0.12 nat better than yeo johnson gmm, the best baseline"
    assert looks.text(figure, "detail") == said
    bars = figure.axes[3]
    assert [item.get_text() for item in bars.get_yticklabels()] == [
        "flow", "yeo johnson gmm", "gaussian", "kernel density"
    ]  # fmt: skip
    assert {item.get_gid() for item in figure.axes[4].lines} >= {"log_density", "size", "kind"}
    assert looks.apart(list(looks.boxes(figure).values()))


def test_a_run_that_kept_no_rows_back_has_no_picture():
    assert plot.drawable(run())
    assert not plot.drawable(run(samples={}, table={"columns": ["size"], "drawn": []}))
    assert not plot.drawable(run(samples={}))


@pytest.mark.parametrize("ours", [-2.0, None])
def test_a_flow_that_trails_or_has_no_score_is_said_to(ours):
    scores = {"flow": {"test_log_prob": ours}, "gmm": {"test_log_prob": -1.0, "std_error": 0.1}}
    figure = plot.comparison(run(certificates=scores))
    texts = [item.get_text() for item in figure.axes[3].texts]
    assert ("1.00 nat worse than gmm" in looks.text(figure, "detail")) == (ours is not None)
    assert texts == (["1.00 ± 0.10", "2.00"] if ours else ["1.00 ± 0.10", "not finite"])

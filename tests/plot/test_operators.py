"""The figure of a learned operator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plot_looks as looks
import pytest

from sciml import plot
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.status import Status
from sciml.runs.solution import Solution


def learned(count=3, **more):
    x = np.linspace(0, 1, 65)
    samples = {"x": x}
    for i in range(count):
        known = np.sin((i + 1) * np.pi * x)
        samples |= {f"input{i}": np.cos(i * x), f"output{i}_reference": known}
        samples[f"output{i}"] = known + 1e-3 * (i + 1) * np.cos(x)
    resolution = {"points": [64.0, 128.0, 256.0], "error": [1e-3, 1e-3, 1.1e-3], "ridge": [1e-9] * 3}
    checks = (Check("error", 1e-3, 0.0, 0.0, 1e-2, better="lower"),)
    known = {"metrics": {"error": 1e-3}, "curves": {"resolution": resolution}, "samples": samples}
    stored = Comparison(metrics=checks)
    return replace(
        Solution(
            name="heat-operator",
            kind="operator",
            status=Status.CONVERGED,
            parameters={"model": "fno"},
            stored=stored,
        ),
        **{**known, **more},
    )


def trained(solution):
    rows = tuple({"step": float(i), "loss": 1 / (1 + i), "validation": 2 / (1 + i)} for i in range(50))
    return replace(solution, history=rows)


def test_panels_hold_input_reference_prediction_and_error():
    solution = learned()
    axes = plot.comparison(solution).axes
    for i in range(3):
        first, second, third = axes[3 * i : 3 * i + 3]
        for ax, gid, name in (
            (first, "input", f"input{i}"),
            (second, "output", f"output{i}"),
            (second, "reference", f"output{i}_reference"),
        ):
            np.testing.assert_array_equal(looks.line(ax, gid).get_ydata(), solution.samples[name])
        known = solution.samples[f"output{i}_reference"]
        error = 1e-3 * (i + 1) * np.cos(solution.samples["x"]) / np.sqrt(np.mean(known**2))
        np.testing.assert_allclose(looks.line(third, "error").get_ydata(), error)
        assert third.get_yscale() == "log"


def test_errors_against_the_resolution_with_ridge_regression_beside_them():
    figure = plot.comparison(trained(learned()))
    resolution, loss = figure.axes[-2:]
    np.testing.assert_array_equal(looks.line(resolution, "fno").get_ydata(), [1e-3, 1e-3, 1.1e-3])
    np.testing.assert_array_equal(looks.line(resolution, "ridge regression").get_ydata(), [1e-9] * 3)
    np.testing.assert_array_equal(looks.line(resolution, "fno").get_xdata(), [64, 128, 256])
    assert [item.get_gid() for item in loss.lines] == ["loss", "validation"]
    assert "mean relative error 0.001" in looks.text(figure, "detail")
    assert looks.text(figure, "verdict") == "PASS"


def test_where_ridge_regression_is_the_model_it_is_drawn_once_and_flat():
    curve = {"points": [64.0, 128.0, 256.0], "error": [1e-12] * 3, "ridge": [1e-12] * 3}
    solution = learned(parameters={"model": "ridge"}, curves={"resolution": curve})
    ax = plot.comparison(solution).axes[-1]
    assert [item.get_gid() for item in ax.lines] == ["ridge regression"]
    low, high = ax.get_ylim()
    assert low < 5e-13
    assert high > 2e-12


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("more", [{}, {"curves": {}}])
def test_text_stays_apart(count, more):
    figure = plot.comparison(trained(learned(count, **more)))
    assert looks.apart(list(looks.boxes(figure).values()))
    assert looks.apart([ax.get_window_extent() for ax in figure.axes])


def test_what_cannot_be_drawn_is_left_out():
    solution = learned()
    broken = {**solution.samples, "output1": np.full(65, np.nan)}
    assert len(plot.comparison(replace(solution, samples=broken)).axes) == 4
    assert not plot.drawable(replace(solution, samples={"x": solution.samples["x"]}))

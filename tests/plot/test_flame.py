from __future__ import annotations

import numpy as np
import plot_looks as looks
import plot_toys as toys
import pytest

from sciml import plot


def test_front_has_field_reference_error_loss_and_speed():
    solution = toys.front()
    main, errors, loss, speed = plot.comparison(solution).axes
    np.testing.assert_array_equal(looks.line(main, "theta").get_ydata(), solution.samples["theta"])
    known = solution.samples["theta_reference"]
    np.testing.assert_array_equal(looks.line(main, "reference of theta").get_ydata(), known)
    drawn = looks.line(errors, "theta").get_ydata()
    np.testing.assert_allclose(drawn, np.abs(solution.samples["theta"] - known) / np.ptp(known))
    assert looks.line(loss, "loss").get_ydata()[0] == 1.0
    assert looks.line(speed, "c").get_ydata()[-1] == pytest.approx(10 ** (-89 / 11), rel=1e-6)
    assert set(looks.line(speed, "tolerance").get_ydata()) == {1e-6}


def test_heading_gives_the_speed_its_reference_and_the_status():
    detail = looks.text(plot.comparison(toys.front()), "detail")
    assert "c = 0.3535533913 (reference 0.3535533906)" in detail
    assert "status max_steps" in detail


def test_fields_of_different_size_have_panels_of_their_own_with_units():
    figure = plot.comparison(toys.front(scale=2.0))
    panels = figure.axes[:5]
    assert [ax.get_ylabel() for ax in panels[:4]] == ["T [K]", "u [m/s]", "Y_F", "rate"]
    assert [item.get_gid() for item in panels[4].lines] == ["T", "u", "Y_F", "rate"]
    assert panels[4].get_xlabel() == "x [mm]"
    assert looks.apart(list(looks.boxes(figure).values()))


def test_without_history_or_reference():
    assert len(plot.comparison(toys.front(history=False)).axes) == 2
    (alone,) = plot.comparison(toys.front(history=False, reference=False)).axes
    assert [item.get_gid() for item in alone.lines] == ["theta"]
    _, loss = plot.comparison(toys.front(reference=False)).axes
    assert loss.get_ylabel() == "loss"


def test_text_stays_apart():
    assert looks.apart(list(looks.boxes(plot.comparison(toys.front())).values()))

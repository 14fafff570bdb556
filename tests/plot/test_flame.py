from __future__ import annotations

from dataclasses import replace

import numpy as np
import plot_looks as looks
import plot_toys as toys
import pytest

import sciml
from sciml import plot
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.flame import Sweep
from sciml.plot.flame import lengths
from sciml.runs.solution import Solution


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


def test_short_lengths_are_in_millimetres():
    x, unit = lengths(np.array([0.0, 1.5e-3]), "m")
    assert (x.tolist(), unit) == ([0.0, 1.5], "mm")
    assert lengths(np.array([0.0, 2.0]), "m")[1] == "m"
    assert lengths(np.array([0.0, 1e-3]), "")[1] == ""


def flame(exact, wrong, tolerance=1e-4, **parameters):
    """A premixed flame whose s_L is off by the relative error `wrong`."""
    problem = sciml.load_problem("premixed-flame", **parameters)
    check = Check("s_L", exact * (1 + wrong), exact, 0.0, tolerance, unit="m/s")
    return Solution(
        name="premixed-flame",
        kind="flame",
        status=Status.CONVERGED,
        parameters=problem.parameters,
        scalars={"s_L": check.value},
        units={"s_L": "m/s"},
        problem=problem,
        stored=Comparison((check,)),
    )


def swept(errors=(1e-6, 2e-7, 3e-5), p_atm=1.0, exact=(0.267820482020, 0.317979798710, 0.368811624873)):
    phi = (0.40, 0.44, 0.48)
    found = [flame(s, e, phi=x, p_atm=p_atm) for x, s, e in zip(phi, exact, errors, strict=True)]
    return Sweep("phi", phi, tuple(found))


def test_burning_velocities_lie_on_the_curve_of_the_reference_and_their_errors_below():
    figure = plot.burning_velocities(found := swept())
    main, errors = figure.axes
    np.testing.assert_array_equal(looks.line(main, "s_L").get_ydata(), found.s_L)
    x, y = looks.line(main, "reference of s_L").get_data()
    np.testing.assert_allclose(np.interp(found.values, x, y), found.reference, rtol=1e-4)
    assert len(x) > 10
    np.testing.assert_allclose(looks.line(errors, "s_L").get_ydata(), [1e-6, 2e-7, 3e-5], rtol=1e-6)
    assert set(looks.line(errors, "tolerance").get_ydata()) == {1e-4}
    assert (main.get_ylabel(), errors.get_xlabel()) == ("s_L [m/s]", "phi")
    assert looks.text(figure, "verdict") == "PASS"
    assert "worst error 3e-5 (allowed 1e-4)" in looks.text(figure, "detail")


def test_the_unit_of_the_parameter_is_on_the_axis():
    found = [flame(0.27, 0.0, T_in=300.0), flame(0.391, 0.0, T_in=400.0)]
    assert plot.swept(found, "T_in").axes[1].get_xlabel() == "T_in [K]"


def test_one_failed_flame_fails_the_figure():
    figure = plot.swept(swept(errors=(1e-6, 2e-7, 3e-3)).solutions, "phi")
    assert looks.text(figure, "verdict") == "FAIL"
    assert "worst error 3e-3" in looks.text(figure, "detail")


def test_sweeps_at_two_pressures_are_two_series():
    other = swept(p_atm=1.2, exact=(0.258339214432, 0.306696959927, 0.355704116098))
    figure = plot.burning_velocities(swept(), other)
    main, errors = figure.axes
    assert {line.get_gid() for line in errors.lines} == {"p_atm = 1", "p_atm = 1.2", "tolerance"}
    np.testing.assert_array_equal(looks.line(main, "p_atm = 1.2").get_ydata(), other.s_L)
    assert looks.line(main, "reference of p_atm = 1.2").get_ydata()[0] == pytest.approx(0.258339214432)
    assert looks.apart(list(looks.boxes(figure).values()))


def test_sweeps_in_any_order_are_drawn_in_the_parameter_s_order():
    main = plot.swept(swept().solutions[::-1], "phi").axes[0]
    assert looks.line(main, "s_L").get_xdata().tolist() == [0.40, 0.44, 0.48]


def zfk(beta, m, tolerance, **parameters):
    problem = sciml.load_problem("zfk-flame", beta=beta, **parameters)
    check = Check("m", m * (1 + 1e-6), m, 0.0, tolerance)
    known = {"parameters": problem.parameters, "scalars": {"m": check.value}, "stored": Comparison((check,))}
    return Solution(name="zfk-flame", kind="flame", status=Status.CONVERGED, problem=problem, **known)


def test_burning_rates_stand_over_their_asymptotic_line():
    found = [zfk(5.0, 0.86377384, 5e-6), zfk(10.0, 0.91760747, 5e-6), zfk(40.0, 0.97539857, 1e-4)]
    figure = plot.burning_rates(found)
    main, errors = figure.axes
    x, y = looks.line(main, "1 − 1.056/β").get_data()
    np.testing.assert_allclose(y, 1 - (3 * 0.8 - 1.344) / x, rtol=1e-12)
    assert (x[0], x[-1]) == pytest.approx((5.0, 40.0))
    computed = looks.line(main, "m")
    assert (computed.get_ydata() > np.interp(computed.get_xdata(), x, y)).all()
    assert looks.line(errors, "tolerance").get_ydata().tolist() == [5e-6, 5e-6, 1e-4]
    assert main.get_ylabel() == "m"
    assert looks.apart(list(looks.boxes(figure).values()))


def test_series_with_tolerances_of_their_own_have_lines_of_their_own():
    found = [zfk(b, m, 5e-6) for b, m in ((5.0, 0.86), (10.0, 0.92))]
    found += [zfk(b, m, 1e-4, Le=2.0) for b, m in ((10.0, 0.85), (20.0, 0.91))]
    figure = plot.burning_rates(found)
    lines = [line.get_ydata().tolist() for line in figure.axes[1].lines if line.get_gid() == "tolerance"]
    assert lines == [[5e-6, 5e-6], [1e-4, 1e-4]]
    assert looks.apart(list(looks.boxes(figure).values()))


def test_burning_rates_for_several_lewis_numbers_and_heat_releases():
    found = [zfk(10.0, 0.91760747, 5e-6), zfk(10.0, 0.850272035, 5e-6, Le=2.0)]
    found.append(zfk(20.0, 0.96, 5e-6, gamma=0.5))
    main = plot.burning_rates(found).axes[0]
    names = {line.get_gid() for line in main.lines}
    assert {"gamma = 0.8, Le = 1", "gamma = 0.8, Le = 2", "gamma = 0.5, Le = 1"} < names
    assert {"1 − 1.056/β", "1 − 0.156/β"} < names


def test_sweeps_read_from_folders(tmp_path):
    saved = [replace(item, stored=item.stored) for item in swept().solutions]
    folders = [item.save(tmp_path / str(index)) for index, item in enumerate(saved)]
    read = [sciml.load(folder) for folder in folders]
    main = plot.swept(read, "phi").axes[0]
    np.testing.assert_allclose(looks.line(main, "s_L").get_ydata(), swept().s_L, rtol=1e-15)


def test_what_cannot_be_swept_is_refused():
    with pytest.raises(ArgumentError, match="solutions: got none"):
        plot.swept([], "phi")
    with pytest.raises(ArgumentError, match="has no 'beta'"):
        plot.burning_rates(swept().solutions)
    with pytest.raises(ArgumentError, match="expected one parameter"):
        plot.burning_velocities(swept(), replace(swept(), parameter="T_in"))

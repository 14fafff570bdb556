"""CONVERGED never stands beside a failed check or a doubt, and what is not to be trusted is said first."""

from dataclasses import dataclass, replace

import pytest

import sciml
from sciml import Status
from sciml.runs.reading import solution_of
from sciml.runs.storage import plain


def test_a_good_answer_is_converged_and_passes(toy):
    solution = sciml.solve(toy())
    assert (solution.status, solution.passed, solution.distrusted) == (Status.CONVERGED, True, ())


def test_a_failed_check_ends_stalled_and_is_named_first(toy):
    solution = sciml.solve(toy(off=0.5))
    assert (solution.status, solution.passed) == (Status.STALLED, False)
    assert solution.message.startswith("not to be trusted: root: error 2.5e-01, allowed 1.0e-06; y: error")


@pytest.mark.parametrize("ending", [Status.MAX_STEPS, Status.INVALID, Status.NONFINITE, Status.INTERRUPTED])
def test_any_other_status_stays(toy, ending):
    assert sciml.solve(toy(off=0.5, ending=list(Status).index(ending))).status is ending


def test_a_doubt_forbids_pass_whatever_the_checks_say(toy):
    problem = doubtful(toy())
    solution = sciml.solve(problem)
    assert all(check.passed for check in solution.compare().checks)
    assert (solution.status, solution.passed) == (Status.STALLED, False)
    assert solution.message.startswith("not to be trusted: nobody looked; ")
    again = solution_of(plain(solution.report))
    assert (again.doubts, again.passed, again.status) == (("nobody looked",), False, Status.STALLED)


def doubtful(problem):
    @dataclass(frozen=True)
    class Doubtful(type(problem)):
        def run(self, settings, monitor):
            return replace(super().run(settings, monitor), doubts=("nobody looked",))

    return Doubtful(**problem.parameters)


def test_the_reference_is_computed_once(toy, monkeypatch):
    problem, calls = toy(off=0.5), []
    reference = type(problem).reference
    monkeypatch.setattr(type(problem), "reference", lambda self: calls.append(0) or reference(self))
    solution = sciml.solve(problem)
    assert (solution.sampled.keys(), solution.compare().passed) == ({"x", "y", "y_reference"}, False)
    assert len(calls) == 1


def test_an_old_report_that_says_converged_beside_a_failed_check_is_read_as_stalled(toy):
    report = {**plain(sciml.solve(toy(off=0.5)).report), "status": "converged", "message": "done"}
    assert solution_of(report).status is Status.STALLED


def test_the_command_line_says_it_in_the_first_line(command, toy_file, tmp_path):
    ran = command("solve", toy_file, "--set", "off=0.5", "--quiet", "--json", "--out", tmp_path / "run")
    assert (ran.code, '"status": "stalled"' in ran.out) == (1, True)
    shown = command("compare", tmp_path / "run").out.splitlines()
    assert shown[1].startswith("not to be trusted: root: error 2.5e-01")  # below the name of the folder


@pytest.mark.parametrize("name", ["diabetes", "two-moons"])
def test_a_model_that_was_trained_for_no_step_never_passes(name):
    """Fault 57."""
    solution = sciml.solve(sciml.load_problem(name), quick=True, max_steps=0)
    assert (solution.passed, solution.status is Status.CONVERGED) == (False, False)
    assert "the model was trained for no step" in solution.distrusted

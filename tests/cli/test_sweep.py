"""Sweeps: every combination solved once, kept, resumed, the same by workers; one table, one picture."""

import csv
import json
import math

import numpy as np
import pytest

import sciml
from sciml.errors import ArgumentError, ArgumentTypeError

OVER = {"a": [0.2, 0.3, 0.4]}


def exact(a):
    return (1 - 2 * np.array(a)) / math.sqrt(2)


@pytest.fixture
def front():
    return sciml.load_problem("nagumo-front")


def test_one_folder_with_a_table_and_a_picture(command, tmp_path):
    out = tmp_path / "sweep"
    ran = command("sweep", "nagumo-front", "--over", "a=0.2:0.4:3", "--quick", "--out", out)
    assert ran.code == 0
    assert "result: 3 of 3 PASS" in ran.out
    assert "3/3: a 0.4: converged, PASS" in ran.err
    rows = list(csv.DictReader((out / "table.csv").read_text().splitlines()))
    assert [float(row["a"]) for row in rows] == [0.2, 0.3, 0.4]
    np.testing.assert_allclose([float(row["c"]) for row in rows], exact([0.2, 0.3, 0.4]), rtol=1e-4)
    assert (out / "sweep.png").read_bytes()[:4] == b"\x89PNG"
    report = json.loads((out / "sweep.json").read_text())
    assert (report["passed"], report["over"]) == (True, {"a": [0.2, 0.3, 0.4]})
    assert sciml.load(out / "0001").parameters["a"] == 0.3


def test_warm_starts_save_steps_and_keep_the_answer(front):
    warm, cold = (sciml.sweep(front, OVER, quick=True, warm=way) for way in (True, False))
    assert (warm.passed, cold.passed) == (True, True)
    assert warm.solutions[0].scalars == cold.solutions[0].scalars
    steps = [sum(item.stats["steps"] for item in found.solutions[1:]) for found in (warm, cold)]
    assert steps[0] < steps[1]


def test_a_sweep_that_was_stopped_goes_on_to_the_same_bits(front, tmp_path):
    whole = sciml.sweep(front, OVER, quick=True, out=tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        sciml.sweep(front, OVER, quick=True, out=tmp_path / "cut", progress=stop_after(2))
    assert (tmp_path / "cut" / "0001").is_dir()
    assert not (tmp_path / "cut" / "0002").exists()
    again = sciml.sweep(front, OVER, quick=True, out=tmp_path / "cut", resume=True)
    assert [item.scalars for item in again.solutions] == [item.scalars for item in whole.solutions]
    with pytest.raises(ArgumentError, match="holds another run"):
        sciml.sweep(front, OVER, out=tmp_path / "cut", resume=True)
    with pytest.raises(ArgumentError, match="exists already"):
        sciml.sweep(front, OVER, out=tmp_path / "cut")
    shorter = sciml.sweep(front, {"a": [0.2]}, quick=True, out=tmp_path / "cut", overwrite=True)
    assert len(shorter.solutions) == 1
    assert sorted(path.name for path in (tmp_path / "cut").glob("0*")) == ["0000"]


def stop_after(count):
    seen = []

    def told(solution):
        seen.append(solution)
        if len(seen) == count:
            raise KeyboardInterrupt

    return told


def test_workers_give_the_bits_of_one_process(toy_file, tmp_path):
    """A user's file, which workers cannot import; two parameters, the first the fastest."""
    toy = sciml.load_problem(toy_file)
    over = (
        {"target": [2.0, 3.0, 4.0], "slack": [0.0, 1e-3]} if hasattr(toy, "slack") else {"target": [2.0, 3.0]}
    )
    one = sciml.sweep(toy, over)
    two = sciml.sweep(toy, over, jobs=2, out=tmp_path / "two")
    assert [item.scalars for item in two.solutions] == [item.scalars for item in one.solutions]
    assert [item.parameters for item in two.solutions] == [item.parameters for item in one.solutions]
    assert len(list((tmp_path / "two").glob("0*"))) == len(one.solutions)


def test_wells_and_whole_numbers(command, tmp_path):
    ran = command(
        "sweep", "infinite-well", "--over", "states=1:2:2", "--over", "width=1,2", "--quick",
        "--out", tmp_path / "wells", "--json",
    )  # fmt: skip
    assert ran.code == 0
    rows = json.loads(ran.out)["rows"]
    assert [(row["states"], row["width"]) for row in rows] == [(1, 1.0), (2, 1.0), (1, 2.0), (2, 2.0)]
    assert rows[3]["E0"] == pytest.approx(rows[0]["E0"] / 4, rel=1e-9)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({}, "over: got {}"),
        ({"a": []}, "over['a']: got none"),
        ({"a": [0.2, 0.2]}, "got 0.2 twice"),
        ({"b": [0.2]}, "unknown parameter 'b'"),
        ({"a": [2.0]}, "'a': got 2.0"),
        ({"a": np.linspace(0.1, 0.4, 10_001)}, "at most 10000"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_solved(front, over, words, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        sciml.sweep(front, over, out=tmp_path / "none")
    assert words in str(caught.value)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("over", ["a", {"a": 0.2}, {"a": "0.2"}])
def test_wrong_types_are_refused(front, over):
    with pytest.raises(ArgumentTypeError, match="over"):
        sciml.sweep(front, over)


@pytest.mark.parametrize("text", ["a", "a=", "a=1:2", "a=0.1:0.4:1", "a=0.1:nan:3", "a=low:high:3", "b=1,2"])
def test_a_mistyped_range_is_a_usage_error_in_one_line(command, text, tmp_path):
    ran = command("sweep", "nagumo-front", "--over", text, "--out", tmp_path / "none")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "none").exists()

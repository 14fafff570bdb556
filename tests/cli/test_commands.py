"""The other commands, and what all have in common."""

import csv
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import sciml
from sciml.cli import app
from sciml.errors import FileError


@pytest.fixture
def run(command, toy_file, tmp_path):
    """Solve the toy problem into a folder and return the folder."""

    def solved(name="run", *argv):
        command("solve", toy_file, "--out", tmp_path / name, "--quiet", *argv)
        return tmp_path / name

    return solved


@pytest.fixture
def only_toy(monkeypatch, toy):
    """Make the toy the only bundled problem."""
    monkeypatch.setattr("sciml.solving.catalogue.problem_names", lambda: ["toy"])
    monkeypatch.setattr("sciml.solving.catalogue.load_problem", lambda name: toy())


def test_version(command):
    assert command("--version").out == f"sciml {sciml.__version__}\n"


def test_no_arguments_print_the_commands(command):
    ran = command()
    assert ran.code == 0
    for name in ("problems", "solve", "compare", "verify", "report", "inspect", "reproduce", "export"):
        assert name in ran.out


def test_problems_lists_every_file(command):
    out = command("problems").out
    for name in sciml.problem_names():
        assert f"\n{name} " in out


def test_problems_describes_one(command, toy_file):
    out = command("problems", toy_file).out
    for word in (
        "x = target",
        "target",
        "2.0",
        "m",
        "≥ 0",
        "where the root is",
        "analytic",
        "by eye",
        "near, far",
    ):
        assert word in out


def test_compare_reads_the_files_alone(command, run, toy_file):
    folder = run()
    toy_file.unlink()
    ran = command("compare", folder)
    assert ran.code == 0
    assert "PASS" in ran.out


def test_compare_fails_if_any_failed(command, run):
    ran = command("compare", run("a"), run("b", "--set", "off=1"))
    assert ran.code == 1
    assert "PASS" in ran.out
    assert "FAIL" in ran.out


def test_export_gives_the_bits_back(command, run, tmp_path):
    folder = run()
    assert command("export", folder, "-o", tmp_path / "fields.csv").code == 0
    table = np.genfromtxt(tmp_path / "fields.csv", delimiter=",", names=True)
    samples = sciml.load(folder).samples
    assert set(table.dtype.names) == {"x", "y", "y_reference"}
    for name in table.dtype.names:
        assert np.array_equal(table[name], samples[name])


def test_export_prints_without_a_file(command, run):
    rows = list(csv.DictReader(io.StringIO(command("export", run()).out)))
    assert [float(row["x"]) for row in rows] == np.linspace(0, 1, 11).tolist()


def test_export_splits_coordinates():
    from sciml.cli.export import to_csv

    text = to_csv({"x": np.array([[1.0, 2.0]]), "f": np.array([3.0]), "ritz": np.zeros(5)}, "run")
    assert text == "x0,x1,f\n1.0,2.0,3.0\n"


def test_export_of_a_table_calls_columns_by_their_names():
    from sciml.cli.export import named, to_csv

    arrays = {"holdout_0": np.array([1.5]), "draws_0": np.zeros(3), "ranks_0": np.array([0.25])}
    assert to_csv(named(arrays, ["size of it"]), "run") == "holdout size of it,ranks size of it\n1.5,0.25\n"


def test_export_needs_something_sampled():
    from sciml.cli.export import to_csv

    with pytest.raises(FileError, match="no sampled fields"):
        to_csv({}, "run")


def test_verify_passes_and_reports(command, only_toy, tmp_path):
    ran = command("verify", "--report", tmp_path / "all.json")
    assert ran.code == 0
    assert "PASS" in ran.out
    content = json.loads((tmp_path / "all.json").read_text())
    assert content["problems"]["toy"]["passed"] is True


def test_verify_goes_by_the_worst(command, only_toy, toy, monkeypatch):
    monkeypatch.setattr("sciml.solving.catalogue.problem_names", lambda: ["good", "bad", "good"])
    monkeypatch.setattr("sciml.solving.catalogue.load_problem", lambda name: toy(off=float(name == "bad")))
    ran = command("verify")
    assert ran.code == 1
    assert ran.out.count("PASS") == 2


def test_verify_goes_on_after_an_error(command, monkeypatch, toy):
    def load(name):
        if name == "bad":
            raise sciml.DataError("broken")
        return toy()

    monkeypatch.setattr("sciml.solving.catalogue.problem_names", lambda: ["bad", "good"])
    monkeypatch.setattr("sciml.solving.catalogue.load_problem", load)
    ran = command("verify")
    assert ran.code == 3
    assert "broken" in ran.out
    assert "PASS" in ran.out


def test_internal_errors_are_one_line_without_debug(command, monkeypatch):
    def broken():
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("sciml.solving.outline.problem_names", broken)
    plain = command("problems")
    assert (plain.code, plain.err.count("\n")) == (70, 1)
    debug = command("problems", "--debug")
    assert "Traceback" in debug.err
    assert debug.err.endswith("sciml: internal error: ZeroDivisionError: oops (--debug shows where)\n")


def test_file_errors_outside_our_own_have_code_five():
    assert app.explain(PermissionError(13, "Permission denied", "x.csv")) == ("x.csv: Permission denied", 5)


def test_import_is_clean_and_light():
    code = """
import sys, warnings
filters = list(warnings.filters)
import sciml
assert not {"torch", "matplotlib", "sklearn", "pandas", "typer"} & set(sys.modules)
assert warnings.filters == filters
import torch
state = torch.get_rng_state(), torch.get_default_dtype(), torch.get_num_threads()
sciml.solve, sciml.load, sciml.load_problem, sciml.Status
assert torch.equal(state[0], torch.get_rng_state())
assert state[1:] == (torch.get_default_dtype(), torch.get_num_threads())
assert not {"matplotlib", "sklearn", "pandas", "typer"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_version_does_not_load_torch():
    code = "import sys\nfrom sciml.cli.app import run\nrun(['--version'])\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_closed_pipe_and_ascii_locale_through_the_module(toy_file):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    argv = [sys.executable, "-m", "sciml", "problems", str(toy_file)]
    done = subprocess.run(argv, env=environment, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b">= 0" in done.stdout
    reader, writer = os.pipe()
    os.close(reader)
    argv = [sys.executable, "-m", "sciml", "--version"]
    closed = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (closed.returncode, closed.stderr) == (0, b"")

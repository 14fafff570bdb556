"""`sciml solve`: options in, a folder, a table and an exit code out."""

import csv
import json
import signal

import pytest

from sciml import Solution, Status
from sciml.cli.verdict import exit_code


@pytest.fixture
def solve(command, toy_file, tmp_path):
    out = tmp_path / "run"
    return lambda *argv: command("solve", toy_file, "--out", out, *argv)


def report(tmp_path):
    return json.loads((tmp_path / "run" / "report.json").read_text())


def test_writes_the_folder_and_says_pass(solve, tmp_path):
    ran = solve()
    assert ran.code == 0
    for word in ("root [m]", "y (field)", "PASS", "tolerance", "converged", str(tmp_path / "run"), "by eye"):
        assert word in ran.out
    assert "certificate root: residual" in ran.out
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {
        "report.json",
        "manifest.json",
        "history.csv",
        "fields.npz",
        "model.json",
        "model.safetensors",
    }


def test_report_holds_the_contract(solve, tmp_path):
    solve("--seed", "3", "--set", "target=4")
    content = report(tmp_path)
    assert content["format_version"] == 1
    assert (content["problem"], content["kind"], content["seed"]) == ("toy", "toy", 3)
    assert (content["status"], content["passed"]) == ("converged", True)
    assert content["parameters"]["target"] == 4.0
    root = content["scalars"]["root"]
    assert (root["unit"], root["std"], root["reference"], root["reference_kind"]) == (
        "m",
        None,
        4.0,
        "analytic",
    )
    assert set(root) == {
        "value", "unit", "std", "reference", "reference_kind", "reference_error", "abs_error", "rel_error",
        "tolerance",
    }  # fmt: skip
    assert {"wall_s", "cpu_s", "steps", "reference_cpu_s"} <= set(content["stats"])
    assert content["stats"]["steps"] == 60


def test_manifest_says_how_it_was_made(solve, tmp_path):
    solve("--seed", "3", "--max-steps", "50")
    made = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert made["command"].startswith("sciml solve ")
    assert "--seed 3" in made["command"]
    assert made["settings"]["max_steps"] == 50
    assert made["source"] == str(tmp_path / "toy.py")
    assert {"parameters", "seed", "versions", "device", "threads", "times"} <= set(made)


def test_history_has_its_columns(solve, tmp_path):
    solve("--max-steps", "40")
    rows = list(csv.DictReader((tmp_path / "run" / "history.csv").read_text().splitlines()))
    assert list(rows[0]) == ["step", "seconds", "loss"]
    assert [row["step"] for row in rows] == [str(i) for i in range(40)]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ((), 0),
        (("off=1",), 1),
        (("ending=1",), 0),
        (("ending=2", "off=1"), 1),
        (("judged=false",), 0),
        (("judged=false", "ending=1"), 4),
        (("judged=false", "ending=2"), 4),
        (("ending=3",), 4),
        (("ending=4",), 4),
    ],
)
def test_exit_code(solve, parameters, code):
    assert solve("--quiet", *(part for item in parameters for part in ("--set", item))).code == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.CONVERGED, 0),
        (Status.MAX_STEPS, 0),
        (Status.STALLED, 0),
        (Status.NONFINITE, 4),
        (Status.INVALID, 4),
    ],
)
def test_where_no_verdict_is_wanted_an_answer_is_finished_wherever_it_stopped(status, code):
    assert exit_code(Solution(name="s", kind="toy", status=status), wants_verdict=False) == code


def test_fail_is_spelled_out(solve, tmp_path):
    assert "FAIL" in solve("--set", "off=1").out
    assert report(tmp_path)["passed"] is False


def test_unjudged_is_null(solve, tmp_path):
    assert "not checked" in solve("--set", "judged=false").out
    assert report(tmp_path)["passed"] is None


def test_json_is_the_report_alone(solve, tmp_path):
    ran = solve("--json")
    assert json.loads(ran.out) == report(tmp_path)
    assert ran.out.isascii()


def test_quiet_says_nothing(solve):
    assert (ran := solve("--quiet")).out + ran.err == ""


def test_quick_uses_the_small_recipe(solve, tmp_path):
    solve("--quick")
    assert report(tmp_path)["stats"]["steps"] == 20
    assert report(tmp_path)["quick"] is True


def test_max_seconds_ends_it(solve, tmp_path):
    solve("--set", "pause=0.02", "--max-seconds", "0.05")
    assert 1 <= report(tmp_path)["stats"]["steps"] < 10


def test_default_folder_is_runs_and_the_stem(command, toy_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("solve", toy_file.name, "--quiet").code == 0
    assert (tmp_path / "runs" / "toy" / "report.json").exists()


def test_spaces_and_unicode_in_paths(command, toy_file, tmp_path):
    folder = tmp_path / "ein Löser ψ"
    folder.mkdir()
    file = toy_file.rename(folder / "mein Problem ħ.py")
    assert command("solve", file, "--out", folder / "Lauf 1").code == 0
    assert (folder / "Lauf 1" / "report.json").exists()


def test_resume_returns_the_finished_result(solve, tmp_path):
    solve()
    before = (tmp_path / "run" / "report.json").stat().st_mtime_ns
    assert "PASS" in solve("--resume").out
    assert (tmp_path / "run" / "report.json").stat().st_mtime_ns == before


def test_resume_keeps_the_verdict_of_a_failed_run(solve):
    solve("--set", "off=1")
    assert solve("--resume", "--set", "off=1").code == 1


def test_resume_begins_where_there_is_nothing(solve, tmp_path):
    assert solve("--resume").code == 0
    assert report(tmp_path)["status"] == "converged"


def test_resume_goes_on_after_an_interrupt(solve, tmp_path):
    solve("--set", "ending=5")
    before = (tmp_path / "run" / "report.json").stat().st_mtime_ns
    solve("--resume", "--set", "ending=5")
    assert (tmp_path / "run" / "report.json").stat().st_mtime_ns > before


def test_resume_of_another_run_is_refused_with_the_differences(solve, tmp_path):
    solve()
    ran = solve("--resume", "--set", "target=3", "--seed", "1")
    assert ran.code == 2
    assert "seed: 0 there, 1 asked for" in ran.err
    assert "target: 2.0 there, 3.0 asked for" in ran.err
    assert report(tmp_path)["parameters"]["target"] == 2.0


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("max_steps", "--max-steps 50"),
        ("method", "--method random"),
        ("start", "--start far"),
        ("max_seconds", "--max-seconds 60"),
        ("dtype", "--dtype float64"),
        ("quick", "--quick"),
    ],
)
def test_resume_of_a_run_with_another_setting_is_refused(solve, name, asked):
    """Fault 52: whichever of the two has it."""
    solve()
    assert f"{name}: " in solve("--resume", *asked.split()).err
    solve("--overwrite", *asked.split())
    assert f"{name}: " in solve("--resume").err
    assert solve("--resume", *asked.split()).code == 0


def test_resume_knows_the_default_by_its_name(solve):
    solve("--start", "near")
    assert solve("--resume").code == 0


def test_resume_notices_that_the_file_changed(solve, toy_file):
    solve()
    toy_file.write_text(toy_file.read_text() + "\n# another potential\n")
    ran = solve("--resume")
    assert ran.code == 2
    assert "has changed since" in ran.err


def test_overwrite_replaces_and_leaves_other_files_alone(solve, tmp_path):
    solve()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert solve("--overwrite", "--set", "target=3").code == 0
    assert report(tmp_path)["parameters"]["target"] == 3.0
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_overwrite_removes_what_the_new_run_lacks(solve, tmp_path):
    solve()
    (tmp_path / "run" / "comparison.png").write_bytes(b"old")
    solve("--overwrite", "--set", "ending=3")
    assert not (tmp_path / "run" / "comparison.png").exists()
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_signals_are_put_back(solve):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    solve()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_progress_is_plain_lines_off_a_terminal(solve, monkeypatch):
    monkeypatch.setattr("sciml.cli.progress.LINE_SECONDS", 0.01)
    ran = solve("--set", "pause=0.002")
    assert "toy: step " in ran.err
    assert "\r" not in ran.err


def test_progress_is_a_bar_on_a_terminal(solve, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sciml.cli.progress.BAR_SECONDS", 0.0)
    assert "[####" in solve().err


def test_picture_is_saved_where_the_family_has_one(solve, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    monkeypatch.setattr("sciml.plot.comparison", lambda solution: Figure(figsize=(1, 1)))
    assert solve("--quiet").code == 0
    assert (tmp_path / "run" / "comparison.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"

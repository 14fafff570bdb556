"""`sciml inspect`: what a run folder holds, in words and as JSON, from its files alone."""

import json

import pytest

from sciml.cli.stored_run import read_run


@pytest.fixture
def run(command, toy_file, tmp_path):
    """A finished run of the toy problem, whose file is gone."""
    command("solve", toy_file, "--seed", "3", "--max-steps", "40", "--out", tmp_path / "run", "--quiet")
    toy_file.unlink()
    return tmp_path / "run"


def test_says_what_was_found_and_how_it_was_made(command, run):
    ran = command("inspect", run)
    assert (ran.code, ran.err) == (0, "")
    for text in (
        "toy (toy): target 2",
        "root [m]",
        "y (field)",
        "status: converged - the root was sought",
        "result: PASS",
        "--seed 3 --max-steps 40",
        "seed      3",
        "max_steps 40",
        "device    cpu, threads: 1",
        "python 3.",
        "model     1 parameters (constants included) in 1 tensors",
    ):
        assert text in ran.out


def test_names_the_users_file_but_not_where_it_lay(command, run):
    line = next(line for line in command("inspect", run).out.splitlines() if line.startswith("file  "))
    assert "toy.py (SHA-256 " in line
    assert str(run.parent) not in line


def test_lists_each_file_with_size_and_checksum(command, run):
    (run / "notes.txt").write_text("mine")
    (run / "elsewhere").symlink_to("/etc")
    found = {entry["name"]: entry for entry in json.loads(command("inspect", run, "--json").out)["files"]}
    assert found.keys() == {path.name for path in run.iterdir()}
    assert found["notes.txt"] == {"name": "notes.txt", "bytes": 4, "checksum": "none kept"}
    assert found["elsewhere"] == {"name": "elsewhere", "bytes": None, "checksum": "a link, not followed"}
    for name in ("report.json", "fields.npz", "history.csv", "model.json", "model.safetensors"):
        assert (found[name]["bytes"], found[name]["checksum"]) == ((run / name).stat().st_size, "holds")


def test_json_is_one_object_with_the_files_as_they_are(command, run):
    ran = command("inspect", run, "--json")
    found = json.loads(ran.out)
    assert ran.out.isascii()
    assert found["report"] == json.loads((run / "report.json").read_text())
    assert found["manifest"] == json.loads((run / "manifest.json").read_text())
    assert found["model"] == {"parameters": 1, "tensors": 1}


@pytest.mark.parametrize("parameter", ["off=1", "ending=3", "judged=false"])
def test_code_is_zero_whatever_the_verdict(command, toy_file, tmp_path, parameter):
    command("solve", toy_file, "--set", parameter, "--out", tmp_path / "run", "--quiet")
    ran = command("inspect", tmp_path / "run")
    assert ran.code == 0
    assert "result: " + ("not checked" if "judged" in parameter else "FAIL") in ran.out


def test_without_a_manifest_nothing_is_claimed(command, run):
    (run / "manifest.json").unlink()
    out = command("inspect", run).out
    assert "not recorded (made from Python)" in out
    assert "cannot be told" in out
    assert "holds" not in out
    assert json.loads(command("inspect", run, "--json").out)["manifest"] is None


@pytest.mark.parametrize("name", ["fields.npz", "model.safetensors", "history.csv", "report.json"])
@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_changed_file_is_refused_in_the_loaders_words(run, refused, name, option):
    (run / name).write_bytes((run / name).read_bytes() + b" ")
    assert f"{name}: its checksum differs from the manifest's" in refused(5, "inspect", run, *option)


def test_no_run_folder_is_refused(refused, tmp_path):
    assert "no such folder" in refused(5, "inspect", tmp_path / "none")
    assert "report.json: no such file" in refused(5, "inspect", tmp_path)


def test_reading_leaves_the_folder_alone(command, run):
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in run.iterdir()}
    command("inspect", run)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in run.iterdir()} == before


def test_what_is_read_is_what_was_written(run):
    held = read_run(run)
    assert held.solution.seed == held.manifest["seed"] == 3
    assert held.report["scalars"]["root"]["value"] == held.solution.scalars["root"]

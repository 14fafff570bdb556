"""Faults 31-34, 36-40, 42 of a training: signals, kills, damaged and foreign checkpoints, full disks."""

import itertools
import json
import os
import pickle
import resource
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch as tensorfile
import torch

import sciml
from sciml.contracts.monitor import Monitor, Snapshot
from sciml.errors import ArgumentError, FileError
from sciml.runs.storage import checksum
from sciml.runs.writing import STAGE
from sciml.training.checkpoint import FOLDER, Checkpoints, checkpoints_in
from sciml.training.distributed import Team
from sciml.training.fit import fit
from sciml.training.plan import Minibatch
from sciml.training.run_folder import run_folder
from sciml.training.snapshots import json_bytes

STEPS = 40
ARGUMENTS = ("two-moons", "--set", "samples=300", "--max-steps", STEPS, "--seed", 5, "--quiet")
OFTEN = {"SECONDS": 0.0, "SHARE": 1.0}  # a checkpoint after every step


@pytest.fixture
def often(monkeypatch):
    for name, value in OFTEN.items():
        monkeypatch.setattr(f"sciml.training.checkpoint.{name}", value)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    problem = sciml.load_problem("two-moons", samples=300)
    sciml.solve(problem, max_steps=STEPS, seed=5, out=out)
    return out


def results(out):
    """All that a run found, but for times."""
    report = json.loads((out / "report.json").read_text())
    for timed in ("stats", "versions"):
        report.pop(timed)
    rows = [line.split(",") for line in (out / "history.csv").read_text().splitlines()]
    files = {name: (out / name).read_bytes() for name in ("model.safetensors", "model.json")}
    with np.load(out / "fields.npz") as fields:
        arrays = {name: fields[name].tobytes() for name in fields}
    return report, [row[:1] + row[2:] for row in rows], files, arrays


def interrupting(monkeypatch, step, number):
    """Have this process sent a signal when so many steps are recorded."""
    record = Monitor.record

    def recorded(self, loss, **values):
        stop = record(self, loss, **values)
        if len(self.rows) == step:
            signal.raise_signal(number)
        return stop or self.stop

    monkeypatch.setattr(Monitor, "record", recorded)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_save_and_resume_goes_on_to_the_same_bits(
    command, uninterrupted, tmp_path, monkeypatch, number, code
):
    """Fault 39: no checkpoint was due; the signal itself makes one."""
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupting(patch, 17, number)
        assert command("solve", *ARGUMENTS, "--out", out).code == code
    assert json.loads((out / "report.json").read_text())["status"] == "interrupted"
    assert checkpoints_in(out) == [("fit", 17)]
    assert command("solve", *ARGUMENTS, "--out", out, "--resume").code == 1
    assert results(out) == results(uninterrupted)
    assert not (out / FOLDER).exists()


SUICIDE = """
import os, signal, sys
import sciml.training.checkpoint as checkpoint
from sciml.contracts.monitor import Monitor
from sciml.cli import main
checkpoint.SECONDS, checkpoint.SHARE = 0.0, 1.0
where, step = sys.argv[1], int(sys.argv[2])
record, replace = Monitor.record, os.replace
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
def recorded(self, loss, **values):
    stop = record(self, loss, **values)
    if where == "step" and len(self.rows) == step:
        die()
    return stop
def replaced(source, target):
    replace(source, target)
    if where == "rename" and f"{step:09d}" in str(target):
        die()
Monitor.record, os.replace = recorded, replaced
main(sys.argv[3:])
"""


def test_killed_at_any_step_or_while_saving_goes_on_to_the_same_bits(command, uninterrupted, tmp_path):
    """Faults 36, 40: two kills in one run, one of them after the first of a checkpoint's two renames."""
    out = tmp_path / "run"
    for where, step, left in (("rename", 15, 14), ("step", 31, 30)):
        argv = [where, step, "solve", *ARGUMENTS, "--out", out, "--resume"]
        ran = subprocess.run(
            [sys.executable, "-c", SUICIDE, *map(str, argv)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        assert max(checkpoints_in(out)) == ("fit", left)
        assert not (out / "report.json").exists()
    assert command("solve", *ARGUMENTS, "--out", out, "--resume").code == 1
    assert results(out) == results(uninterrupted)
    assert {path.name for path in out.iterdir()} == {path.name for path in uninterrupted.iterdir()}


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a run that ended suddenly after 21 steps."""
    out = tmp_path_factory.mktemp("left") / "run"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in OFTEN.items():
            patch.setattr(f"sciml.training.checkpoint.{name}", value)

        def stop(row):
            if row["step"] == 21:
                raise KeyboardInterrupt

        problem = sciml.load_problem("two-moons", samples=300)
        with pytest.raises(KeyboardInterrupt):
            sciml.solve(problem, max_steps=STEPS, seed=5, out=out, progress=stop)
    return out


@pytest.fixture
def killed(left, tmp_path):
    return Path(shutil.copytree(left, tmp_path / "run"))


def resume(refused, out, code, *more):
    return refused(code, "solve", *ARGUMENTS, "--out", out, "--resume", *more)


def test_another_runs_checkpoint_is_refused_with_the_differences(refused, killed):
    """Fault 33."""
    line = resume(refused, killed, 2, "--set", "noise=0.2", "--seed", 6, "--max-steps", 50)
    for words in (
        "noise: 0.1 there, 0.2 asked for",
        "seed: 5 there, 6 asked for",
        "max_steps: 40 there, 50 asked for",
    ):
        assert words in line
    assert len(checkpoints_in(killed)) == 2


def test_damage_is_one_line_and_the_one_before_is_offered_and_works(refused, command, killed, uninterrupted):
    """Fault 31."""
    tensors = killed / FOLDER / "fit-000000021.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-1])
    line = resume(refused, killed, 5)
    assert str(tensors) in line
    assert "that after step 20 is whole, delete fit-000000021.json" in line
    tensors.with_suffix(".json").unlink()
    assert command("solve", *ARGUMENTS, "--out", killed, "--resume").code == 1
    assert results(killed) == results(uninterrupted)


def test_overwrite_begins_again(command, killed, uninterrupted):
    for path in (killed / FOLDER).iterdir():
        path.write_bytes(b"damaged")
    assert command("solve", *ARGUMENTS, "--out", killed, "--overwrite").code == 1
    assert results(killed) == results(uninterrupted)


def test_a_finished_result_does_not_hide_a_newer_unfinished_run(
    command, refused, uninterrupted, tmp_path, left
):
    """A run over an old result was killed: its checkpoint counts, not the old report."""
    out = Path(shutil.copytree(uninterrupted, tmp_path / "run"))
    shutil.copytree(left / FOLDER, out / FOLDER)
    assert command("solve", *ARGUMENTS, "--out", out, "--resume").code == 1
    assert not (out / FOLDER).exists()


def test_a_second_run_may_not_go_on_while_the_first_is_alive(refused, killed):
    """Fault 42."""
    with run_folder(killed, resume=True):
        assert "another run is writing" in resume(refused, killed, 2)
    assert len(checkpoints_in(killed)) == 2


def test_disk_full_in_mid_save_is_one_line_and_the_one_before_stays(
    refused, command, killed, uninterrupted, often
):
    """Fault 34: the system itself refuses to write more than some bytes to a file."""
    largest = (killed / FOLDER / "fit-000000021.safetensors").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest // 2, hard))
    try:
        line = resume(refused, killed, 5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot write" in line
    assert "File too large" in line
    assert {path.stem for path in (killed / FOLDER).iterdir()} == {"fit-000000020", "fit-000000021"}
    assert command("solve", *ARGUMENTS, "--out", killed, "--resume").code == 1
    assert results(killed) == results(uninterrupted)


SMALL = Snapshot({"model.w": torch.tensor([1.0, -2.0])}, {"step": 3, "plan": {"batch": "16"}})


def kept(out, *steps, run=None):
    keeper = Checkpoints(out, {"problem": "toy", "seed": 0} if run is None else run, resume=True)
    for step in steps:
        keeper.keep("fit", step, SMALL)
    return keeper


@pytest.fixture
def small(tmp_path):
    """A folder with two checkpoints that are small enough to be damaged in every way."""
    return kept(tmp_path, 1, 2), tmp_path / FOLDER


@pytest.mark.parametrize("end", ["json", "safetensors"])
def test_truncated_at_any_byte_is_found(small, end):
    """Fault 31."""
    keeper, folder = small
    path = folder / f"fit-000000002.{end}"
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(FileError, match=rf"{path.name}: .*after step 1 is whole"):
            keeper.newest("fit")
    path.write_bytes(data)
    assert torch.equal(keeper.newest("fit").tensors["model.w"], SMALL.tensors["model.w"])


@pytest.mark.parametrize("end", ["json", "safetensors"])
def test_any_flipped_bit_is_found(small, end):
    """Fault 31."""
    keeper, folder = small
    path = folder / f"fit-000000002.{end}"
    data = path.read_bytes()
    for place in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        with pytest.raises(FileError, match=path.stem):
            keeper.newest("fit")


def test_where_all_are_damaged_that_is_said(small):
    keeper, folder = small
    for path in folder.glob("*.json"):
        path.write_text("{")
    with pytest.raises(FileError, match=r"there is no other; begin again with --overwrite"):
        keeper.newest("fit")


def test_a_missing_half_is_named(small):
    keeper, folder = small
    (folder / "fit-000000002.safetensors").unlink()
    with pytest.raises(FileError, match=r"fit-000000002\.safetensors: no such file"):
        keeper.newest("fit")


def sealed(folder, tensors=None, version=1, **content):
    """Write a checkpoint whose checksums are right whatever it holds."""
    path = folder / "fit-000000002.json"
    held = json.loads(path.read_text())["content"]
    if tensors is not None:
        path.with_suffix(".safetensors").write_bytes(tensors)
        held |= {"sha256": checksum(tensors), "bytes": len(tensors)}
    held |= content
    whole = {"format_version": version, "sha256": checksum(json_bytes(held)), "content": held}
    path.write_bytes(json_bytes(whole))


def test_a_newer_format_is_refused_with_both_versions(small):
    """Fault 32."""
    keeper, folder = small
    sealed(folder, version=2)
    with pytest.raises(FileError, match="format 2 is newer than 1; update sciml"):
        keeper.newest("fit")


class Payload:
    def __reduce__(self):
        return (os.mkdir, ("PAYLOAD_RAN",))


def header(text):
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "tensors",
    [
        struct.pack("<Q", 2**60) + b"{}",
        header(b'{"w":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}'),
        header(b'{"w":{"dtype":"F64","shape":[1],"data_offsets":[0,99]}}') + b"\0" * 8,
        header(b"[" * 10**5),
        pickle.dumps(Payload()),
        b"",
    ],
    ids=["giant header", "giant shape", "outside", "deep", "pickle", "empty"],
)
def test_hostile_tensors_with_a_good_checksum_are_refused(small, tensors, tmp_path, monkeypatch):
    """Fault 37."""
    monkeypatch.chdir(tmp_path)
    keeper, folder = small
    sealed(folder, tensors)
    with pytest.raises(FileError, match=r"fit-000000002\.safetensors: not a safetensors file"):
        keeper.newest("fit")
    assert not (tmp_path / "PAYLOAD_RAN").exists()


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version":1,"content":{"a":NaN}}',
        '{"format_version":1,"content":{"a":1e999}}',
        '{"format_version":1,"content":' + "[" * 10**5,
        '{"format_version":1,"content":[]}',
        '{"format_version":true,"content":{}}',
        '{"format_version":"1"}',
        '{"content":{"run":{}}}',
        "[]",
        "null",
    ],
)
def test_hostile_json_is_refused(small, text):
    """Fault 37."""
    keeper, folder = small
    (folder / "fit-000000002.json").write_text(text)
    with pytest.raises(FileError, match=r"fit-000000002\.json"):
        keeper.newest("fit")


@pytest.mark.parametrize("change", [{"run": 3}, {"values": []}, {"bytes": "9"}, {"sha256": None}])
def test_content_of_the_wrong_shape_is_refused(small, change):
    keeper, folder = small
    sealed(folder, **change)
    with pytest.raises(FileError, match=r"fit-000000002\.json: does not hold"):
        keeper.newest("fit")


def test_giant_tensors_are_refused_unread(small):
    keeper, folder = small
    with (folder / "fit-000000002.safetensors").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(FileError, match="another length"):
        keeper.newest("fit")


def test_links_are_not_followed(small, tmp_path):
    """Fault 37."""
    keeper, folder = small
    path = folder / "fit-000000002.safetensors"
    path.rename(tmp_path / "outside")
    path.symlink_to(tmp_path / "outside")
    with pytest.raises(FileError, match="link"):
        keeper.newest("fit")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    for resumed in (True, False):
        with pytest.raises(FileError, match="link"):
            Checkpoints(tmp_path, resume=resumed).begin()
    assert len(list((tmp_path / "elsewhere").iterdir())) == 4


def refuse(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["os.fsync", "os.replace", "pathlib.Path.mkdir", "tempfile.mkdtemp"])
def test_a_save_that_fails_leaves_the_one_before_and_nothing_else(small, monkeypatch, call):
    """Faults 34, 35."""
    keeper, folder = small
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(call, refuse)
    with pytest.raises(FileError, match=r"checkpoint: cannot write.*No space left.*--resume"):
        keeper.keep("fit", 3, SMALL)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not list(folder.glob(f"{STAGE}*"))


def test_a_folder_that_vanished_is_one_line(small, tmp_path):
    """Fault 35."""
    _keeper, _folder = small
    gone = Checkpoints(tmp_path / "gone", {}, resume=True)
    with pytest.raises(FileError, match="cannot write.*No such file"):
        gone.keep("fit", 1, SMALL)


@pytest.mark.parametrize("call", ["tempfile.mkdtemp", "pathlib.Path.mkdir"])
def test_a_place_that_cannot_be_written_is_refused_before_training(tmp_path, monkeypatch, call):
    """Fault 35."""
    problem = sciml.load_problem("two-moons", samples=300)
    monkeypatch.setattr(type(problem), "run", lambda *_: pytest.fail("the solve was started"))
    (tmp_path / "run").mkdir()
    monkeypatch.setattr(call, refuse)
    with pytest.raises(FileError, match="checkpoint: cannot write"):
        sciml.solve(problem, out=tmp_path / "run", overwrite=True)


def test_another_problems_checkpoint_lists_what_differs(small, tmp_path):
    """Fault 33."""
    other = kept(tmp_path, run={"problem": "toy", "seed": 1, "depth": 2.0})
    with pytest.raises(ArgumentError, match=r"seed: 0 there, 1 asked for, depth: None there, 2.0 asked for"):
        other.newest("fit")


def train(out, *, width=4, dtype=torch.float32, seed=0, rows=None, **plan):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(1, width), torch.nn.Linear(width, 1)).to(dtype)
    rows = torch.linspace(0, 1, 50)[:, None] if rows is None else rows
    keeper = Checkpoints(out, seconds=0.0, resume=True)
    plan = Minibatch(**{"steps": 9, "batch": 8, **plan})
    return fit(
        model, lambda x: model(x).square().mean(), rows.to(dtype), plan,
        seed=seed, monitor=Monitor(keeper=keeper),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 5}, r"model\.0\.weight: float32 \(4, 1\) there, float32 \(5, 1\) here"),
        ({"dtype": torch.float64}, r"model\.0\.weight: float32 \(4, 1\) there, float64 \(4, 1\) here"),
        ({"seed": 1}, "seed: 0 there, 1 here"),
        ({"learning_rate": 0.2}, r"learning_rate: 0\.001 there, 0\.2 here"),
        ({"ema": 0.5}, r"ema: None there, 0\.5 here"),
        ({"rows": torch.linspace(0, 2, 50)[:, None]}, "data: [0-9a-f]{64} there"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_architecture_type_plan_or_data_is_refused_by_file_and_difference(tmp_path, change, words):
    """Fault 33."""
    train(tmp_path)
    with pytest.raises(FileError, match=rf"fit-000000009\.safetensors: holds another training .*{words}"):
        train(tmp_path, **change)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("seen.steps"),
        lambda tensors: tensors.pop("random.cpu"),
        lambda tensors: tensors.update({"random.cpu": torch.zeros(3, dtype=torch.uint8)}),
        lambda tensors: tensors.update({"optimizer.0.0.exp_avg": torch.zeros(7, 3)}),
        lambda tensors: tensors.update({"optimizer.nonsense": torch.zeros(1)}),
        lambda tensors: tensors.update({"history.loss": torch.zeros(1)}),
    ],
)
def test_a_state_with_a_good_checksum_that_is_none_is_refused(tmp_path, change):
    train(tmp_path)
    folder = tmp_path / FOLDER
    for path in folder.iterdir():
        path.rename(path.with_stem(path.stem.replace("000000009", "000000002")))
    tensors = tensorfile.load_file(folder / "fit-000000002.safetensors")
    change(tensors)
    sealed(folder, tensorfile.save(tensors))
    with torch.random.fork_rng(devices=[]), pytest.raises(FileError, match="does not hold the state"):
        train(tmp_path)


def test_a_loss_that_is_not_finite_ends_with_code_four_and_saves_no_nan(command, tmp_path, monkeypatch):
    """Fault 38: the batch is named, the weights of the last good look are kept."""
    gradients = Team.gradients

    def poisoned(self, loss, batch, parameters):
        value = gradients(self, loss, batch, parameters)
        return value * float("nan") if next(count) == 25 else value

    count = itertools.count()
    monkeypatch.setattr(Team, "gradients", poisoned)
    out = tmp_path / "run"
    assert command("solve", *ARGUMENTS, "--out", out).code == 4
    report = json.loads((out / "report.json").read_text())
    assert (report["status"], report["passed"]) == ("nonfinite", False)
    assert "step 26: the loss of its batch was not finite (its rows" in report["message"]
    weights = tensorfile.load_file(out / "model.safetensors")
    assert all(x.isfinite().all() for x in weights.values())
    assert not (out / FOLDER).exists()

"""Faults 20-26, 33, 38-41 and 44 of operators: bad data, foreign models, lost trainings, a missing GPU."""

import json
import math
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch as tensorfile
import torch

import sciml
from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, DataError, FileError
from sciml.operators import FNO, GalerkinAttention, spaces
from sciml.operators.fields import rebuild
from sciml.operators.losses import RelativeH1
from sciml.operators.predicting import load_operator
from sciml.operators.user import DataOperator
from sciml.runs.files import manifest_checksum
from sciml.runs.storage import checksum

X = np.linspace(0.0, 1.0, 33)
STEPS = 24
SET = {"samples": 64, "model": "deeponet"}
ARGUMENTS = (
    "heat-operator",
    "--set",
    "samples=64",
    "--set",
    "model=deeponet",
    "--quick",
    "--max-steps",
    STEPS,
    "--seed",
    5,
    "--quiet",
)


def pairs(count=40, **changed):
    """Arrays of a good data set, but for what is changed."""
    inputs = np.random.default_rng(0).normal(size=(count, 3)) @ np.stack([X**0, X, X**2])
    return {"inputs": inputs, "outputs": inputs**2, "positions": X, **changed}


@pytest.fixture
def train(tmp_path, refused, monkeypatch):
    """Train on these arrays, expect exit code 3 and one line, and return the line."""
    monkeypatch.chdir(tmp_path)

    def run(*options, **changed):
        np.savez(tmp_path / "own.npz", **pairs(**changed))
        line = refused(3, "operator", "train", "--data", "own.npz", *options)
        assert "own.npz" in line
        assert not (tmp_path / "runs").exists()
        return line

    return run


def test_counts_and_grids_that_disagree_are_named(train):
    """Fault 20."""
    good = pairs()
    line = train(outputs=good["outputs"][:39])
    assert "inputs, outputs: got the shapes (40, 33, 1) and (39, 33, 1)" in line
    assert "outputs: got the shape (40, 32), expected (samples, 33" in train(outputs=good["outputs"][:, 1:])
    assert "inputs: got the shape (33,)" in train(inputs=good["inputs"][0])
    assert "expected (samples, 32" in train(positions=X[1:])


def test_channels_first_is_refused_with_a_hint(train, tmp_path):
    """Fault 21."""
    first = np.stack([pairs()["inputs"]] * 2, axis=1)
    assert "channels come last: pass np.moveaxis(inputs, 1, 2)" in train(inputs=first)
    np.savez(tmp_path / "own.npz", **pairs(inputs=np.moveaxis(first, 1, 2)))
    fields = sciml.solve(DataOperator(str(tmp_path / "own.npz"), model="ridge")).fields
    with pytest.raises(
        ArgumentError, match=r"got the shape \(40, 2, 33\), expected \(N, n, 2\); channels come last"
    ):
        fields.field(torch.from_numpy(first))


def test_a_grid_smaller_than_the_modes_is_refused(trained, refused, tmp_path):
    """Fault 22, when predicting; models themselves are in tests/operators."""
    np.savez(tmp_path / "few.npz", inputs=np.ones((2, 8)))
    line = refused(3, "operator", "predict", trained, tmp_path / "few.npz")
    assert "got 8 points, expected at least 33 for 17 modes" in line
    with pytest.raises(ArgumentError, match="width: got 10, expected a multiple of heads = 4"):
        GalerkinAttention(10, 4, 1)
    with pytest.raises(ArgumentError, match="modes: got 1, expected a whole number of at least 2"):
        FNO(modes=1)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_sample_that_is_not_finite_is_named(train, trained, refused, tmp_path, value):
    """Fault 23."""
    for name in ("inputs", "outputs"):
        bad = pairs()[name]
        bad[7, 3] = value
        assert f"{name}: NaN or infinite in sample 7; remove or repair" in train(**{name: bad})
    bad = np.zeros((3, 64))
    bad[2, 5] = value
    np.savez(tmp_path / "bad.npz", inputs=bad)
    assert "NaN or infinite in sample 2" in refused(3, "operator", "predict", trained, tmp_path / "bad.npz")
    with pytest.raises(ArgumentError, match="NaN or infinite in sample 2"):
        load_operator(trained).field(torch.from_numpy(bad))


def test_targets_that_are_zero_are_trained_on(tmp_path):
    """Fault 24: one of them, and all of them; the rest of the samples still count."""
    good = pairs()
    for zero in (slice(0, 3), slice(None)):
        outputs = good["outputs"].copy()
        outputs[zero] = 0
        np.savez(tmp_path / "own.npz", **pairs(outputs=outputs))
        problem = DataOperator(str(tmp_path / "own.npz"), model="spectral")
        solution = sciml.solve(problem, quick=True, max_steps=5)
        assert solution.status.usable
        assert np.isfinite([row["loss"] for row in solution.history]).all()
        assert np.isfinite(list(solution.metrics.values())).all()


def test_another_resolution_is_allowed_and_another_domain_is_refused(trained, refused, command, tmp_path):
    """Fault 25; far finer grids get a warning."""
    for n, warned in ((33, False), (4096, False), (64 * 64 + 1, True)):
        wave = 0.1 * np.sin(2 * np.pi * np.arange(n) / n)
        np.savez(tmp_path / "in.npz", inputs=wave[None], positions=np.arange(n) / n)
        ran = command("operator", "predict", trained, tmp_path / "in.npz", "-o", tmp_path / "out.npz")
        assert ran.code == 0, ran
        assert ("more than 64 times the 64 trained on" in ran.err) is warned
    np.savez(tmp_path / "in.npz", inputs=np.zeros((1, 64)), positions=np.arange(64) / 32)
    line = refused(3, "operator", "predict", trained, tmp_path / "in.npz")
    assert "cover 0 to 2, the operator was trained on 0 to 1" in line


def test_unsorted_duplicated_and_uneven_coordinates_are_named(train, trained, refused, tmp_path):
    """Fault 26."""
    unsorted, twice = X.copy(), X.copy()
    unsorted[[4, 5]] = X[[5, 4]]
    twice[6] = twice[5]
    assert "sort by order = np.argsort" in train(positions=unsorted)
    assert "points 5 and 6 are both at" in train(positions=twice)
    assert "expected an even grid; interpolate" in train(positions=X**2)
    assert "33 scattered points of a plane, expected an n × m grid" in train(positions=np.stack([X, X**2], 1))
    np.savez(tmp_path / "in.npz", inputs=np.zeros((1, 33)), positions=unsorted)
    assert "np.argsort" in refused(3, "operator", "predict", trained, tmp_path / "in.npz")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a short run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    sciml.solve(sciml.load_problem("heat-operator", **SET), max_steps=STEPS, seed=5, quick=True, out=out)
    return out


def results(out):
    """All that a run found, but for times."""
    report = json.loads((out / "report.json").read_text())
    for timed in ("stats", "versions"):
        report.pop(timed)
    for item in report["certificates"].values():
        item.pop("training_cpu_s"), item.pop("cpu_s_a_sample")
    rows = [line.split(",") for line in (out / "history.csv").read_text().splitlines()]
    files = {name: (out / name).read_bytes() for name in ("model.safetensors", "model.json", "fields.npz")}
    return report, [row[:1] + row[2:] for row in rows], files


def changed(folder, name, content):
    """Put other bytes in the place of a file, its checksum too: damage done on purpose."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = checksum(content)
    manifest["checksum"] = manifest_checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_run_of_another_model_dtype_or_problem_is_refused_with_the_differences(trained, refused):
    """Fault 33."""
    line = refused(
        2, "solve", *ARGUMENTS, "--out", trained, "--resume", "--set", "model=fno", "--set", "nu=0.02"
    )
    assert "model: deeponet there, fno asked for" in line
    assert "nu: 0.01 there, 0.02 asked for" in line
    with pytest.raises(FileError, match="holds a 'heat-operator', got the problem 'advection-operator'"):
        sciml.load(trained, problem=sciml.load_problem("advection-operator"))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"model": "resnet"}, "expected one of galerkin, fno, deeponet"),
        ({"width": 32}, "does not fit model.safetensors"),
        ({"terms": 32}, "does not fit model.safetensors"),
        ({"width": 10**6}, r"at least \d+ parameters"),
        ({"modes": 10**9}, r"at least \d+ parameters"),
        ({"model": "ridge", "modes": 10**5}, r"at least \d+ parameters"),
        ({"model": "kernel-ridge", "samples": 10**8}, r"at least \d+ parameters"),
        ({"known_modes": 10**8}, r"at least \d+ parameters"),
        ({"known_modes": "16"}, "expected a whole number"),
        ({"width": True}, "expected a whole number"),
        ({"frame": {"kind": "rotating", "values": []}}, "frame: got 'rotating'"),
        ({"frame": []}, "does not describe an operator"),
        ({"dtype": "float8"}, "dtype"),
        ({"domain": [0.0]}, "does not describe an operator"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_description_of_another_operator_is_a_file_error(trained, change, line):
    model = json.loads((trained / "model.json").read_text())
    tensors = tensorfile.load((trained / "model.safetensors").read_bytes())
    with pytest.raises(FileError, match=line):
        rebuild({**model, **change}, tensors)


def test_folders_that_hold_no_operator_are_refused(trained, refused, tmp_path):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(trained, broken)
    data = bytearray((broken / "model.safetensors").read_bytes())
    data[-5] ^= 1
    (broken / "model.safetensors").write_bytes(data)
    given = tmp_path / "in.npz"
    np.savez(given, inputs=np.zeros((1, 64)))
    assert "its checksum differs" in refused(5, "operator", "predict", broken, given)
    changed(broken, "model.safetensors", b"\x80\x04pickled")
    assert "not a safetensors file" in refused(5, "operator", "predict", broken, given)
    report = json.loads((trained / "report.json").read_text())
    changed(broken, "report.json", json.dumps({**report, "kind": "flow"}).encode())
    assert "holds a run of kind 'flow', expected 'operator'" in refused(
        5, "operator", "predict", broken, given
    )
    (tmp_path / "no.npz").write_text("no")
    assert "damaged or not an .npz" in refused(5, "operator", "predict", trained, tmp_path / "no.npz")
    np.savez(tmp_path / "in.npz", first=np.zeros((1, 64)))
    assert "no array 'inputs' among first" in refused(3, "operator", "predict", trained, given)


class Poisoned(RelativeH1):
    """A loss that is NaN from the tenth call in training on."""

    calls = [0]

    def __call__(self, found, target):
        loss = super().__call__(found, target)
        self.calls[0] += loss.requires_grad
        return loss * math.nan if self.calls[0] >= 10 and loss.requires_grad else loss


def test_a_loss_that_is_not_finite_ends_the_training_at_the_last_finite_weights(
    command, tmp_path, monkeypatch
):
    """Fault 38."""
    Poisoned.calls[0] = 0
    monkeypatch.setattr(spaces, "RelativeH1", Poisoned)
    out = tmp_path / "run"
    assert command("solve", *ARGUMENTS, "--out", out).code == 4
    report = json.loads((out / "report.json").read_text())
    assert (report["status"], report["passed"]) == ("nonfinite", False)
    assert "step 10: the loss of its batch was not finite" in report["message"]
    assert all(x.isfinite().all() for x in load_operator(out).tensors.values())


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
    command, trained, tmp_path, monkeypatch, number, code
):
    """Faults 39 and 41: momenta of both optimizers, shifts and reflections go on where they were."""
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        interrupting(patch, 11, number)
        assert command("solve", *ARGUMENTS, "--out", out).code == code
    assert json.loads((out / "report.json").read_text())["status"] == "interrupted"
    assert command("solve", *ARGUMENTS, "--out", out, "--resume").code in (0, 1)
    assert results(out) == results(trained)


SUICIDE = """
import os, signal, sys
import sciml.training.checkpoint as checkpoint
from sciml.contracts.monitor import Monitor
from sciml.cli import main
checkpoint.SECONDS, checkpoint.SHARE = 0.0, 1.0
record = Monitor.record
def recorded(self, loss, **values):
    stop = record(self, loss, **values)
    if len(self.rows) == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    return stop
Monitor.record = recorded
main(sys.argv[1:])
"""


def test_what_soap_remembers_is_kept_too(tmp_path, monkeypatch):
    """Faults 39 and 41: moments, preconditioners and bases."""
    problem, method = sciml.load_problem("heat-operator", **SET), "soap"
    options = {"quick": True, "max_steps": STEPS}
    for name in ("whole", "cut"):
        with monkeypatch.context() as patch:
            if name == "cut":
                record = Monitor.record

                def recorded(self, loss, record=record, **values):
                    self.interrupted = len(self.rows) == 13
                    return record(self, loss, **values)

                patch.setattr(Monitor, "record", recorded)
            sciml.solve(problem, out=tmp_path / name, method=method, **options)
    again = sciml.solve(problem, out=tmp_path / "cut", method=method, resume=True, **options)
    assert again.stats["steps"] == STEPS
    assert results(tmp_path / "cut") == results(tmp_path / "whole")


def test_killed_in_the_middle_it_goes_on_to_the_same_bits(command, trained, tmp_path):
    """Fault 40."""
    out = tmp_path / "run"
    ran = subprocess.run(
        [sys.executable, "-c", SUICIDE, "solve", *map(str, ARGUMENTS), "--out", out],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert not (out / "report.json").exists()
    assert command("solve", *ARGUMENTS, "--out", out, "--resume").code in (0, 1)
    assert results(out) == results(trained)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(trained, tmp_path):
    """Fault 41."""
    problem = sciml.load_problem("heat-operator", **SET)
    for seed, same in ((5, True), (6, False)):
        out = tmp_path / str(seed)
        sciml.solve(problem, quick=True, max_steps=STEPS, seed=seed, out=out)
        assert (results(out)[2]["model.safetensors"] == results(trained)[2]["model.safetensors"]) is same


def test_a_model_trained_on_a_gpu_loads_without_one(trained, tmp_path):
    """Fault 44: nothing in the folder but the manifest knows of the device."""
    import shutil

    moved = shutil.copytree(trained, tmp_path / "moved")
    manifest = json.loads((moved / "manifest.json").read_text())
    manifest["device"] = "cuda:7"
    manifest["checksum"] = manifest_checksum(manifest)
    (moved / "manifest.json").write_text(json.dumps(manifest))
    fields = load_operator(moved)
    assert fields.device == torch.device("cpu")
    u = torch.sin(2 * math.pi * torch.arange(64) / 64)[None]
    again = sciml.load(moved, problem=sciml.load_problem("heat-operator", **SET))
    assert np.array_equal(again(u.numpy())["output"], fields(u)["output"].detach().double().numpy())


@pytest.mark.gpu
def test_trained_on_a_gpu_it_predicts_on_the_cpu(tmp_path):
    """Fault 44, where there is a GPU."""
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    problem = sciml.load_problem("heat-operator", **SET)
    solution = sciml.solve(problem, quick=True, max_steps=10, device="cuda", out=tmp_path / "run")
    u = np.sin(2 * np.pi * np.arange(64) / 64)[None]
    again = sciml.load(tmp_path / "run", problem=problem)
    assert again.fields.device == torch.device("cpu")
    np.testing.assert_allclose(again(u)["output"], solution(u)["output"], atol=1e-4)


def test_data_errors_are_value_errors(tmp_path):
    np.savez(tmp_path / "own.npz", **pairs(3))
    with pytest.raises(ValueError, match="expected at least 16"):
        DataOperator(str(tmp_path / "own.npz"))
    assert issubclass(DataError, ValueError)

"""Operators of a user's own data: any interval, boundary and number of channels; train, keep, predict."""

import json

import numpy as np
import pytest

import sciml
from sciml.errors import ArgumentError, DataError
from sciml.operators.predicting import load_operator, predict_file
from sciml.operators.user import DataOperator

QUIET = ("--quiet", "--quick", "--max-steps", 3)


def series(count, x, seed=0, modes=4):
    """Random functions on (0, 1), neither periodic nor zero at the ends."""
    a = np.random.default_rng(seed).normal(size=(count, modes))
    return sum(a[:, k, None] * np.cos(np.pi * k * x + k) / (1 + k) for k in range(modes))


def smooth(f, x):
    """A linear operator: the running integral, which needs no boundary condition."""
    steps = np.diff(x) * (f[:, 1:] + f[:, :-1]) / 2
    return np.concatenate([np.zeros((len(f), 1)), np.cumsum(steps, axis=1)], axis=1)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write own.npz: 120 pairs on 41 points from -2 to 3, of a linear operator."""
    monkeypatch.chdir(tmp_path)
    x = np.linspace(0, 1, 41)
    inputs = series(120, x)
    np.savez(tmp_path / "own.npz", inputs=inputs, outputs=smooth(inputs, x), positions=5 * x - 2)
    return tmp_path


def test_ridge_regression_learns_own_data_to_half_a_percent(own):
    solution = sciml.solve(DataOperator("own.npz", model="ridge", tolerance=5e-3))
    assert solution.passed
    assert solution.metrics["error"] == solution.metrics["ridge_error"] < 5e-3
    x = np.linspace(0, 1, 41)
    fresh = series(5, x, seed=9)
    found, known = solution(fresh)["output"], smooth(fresh, x)
    off = np.linalg.norm(found - known, axis=1) / np.linalg.norm(known, axis=1)
    assert off.max() < 2e-2
    assert "own.npz" in solution.compare().reference_method
    np.testing.assert_allclose(solution.samples["x"], 5 * x - 2)


def test_samples_kept_back_are_not_learned_from_and_the_same_for_every_seed(own):
    problem = DataOperator("own.npz", holdout=0.25)
    learn, held = problem.split
    assert (len(learn), len(held)) == (90, 30)
    rows = {row.tobytes() for row in learn.inputs}
    assert not any(row.tobytes() in rows for row in held.inputs)
    again = DataOperator("own.npz", holdout=0.25).split[1]
    assert np.array_equal(held.inputs, again.inputs)


def test_without_a_holdout_there_is_no_verdict(own, command):
    ran = command("operator", "train", "--data", "own.npz", "--set", "holdout=0", "--set", "model=ridge")
    assert ran.code == 0
    assert "result: not checked" in ran.out
    assert json.loads((own / "runs" / "own" / "report.json").read_text())["passed"] is None


def test_train_and_predict(own, command):
    ran = command("operator", "train", "--data", "own.npz", "--set", "model=ridge", "--out", "kept")
    assert ran.code == 0, ran
    assert "ridge regression, error" in ran.out
    assert (own / "kept" / "comparison.png").exists()

    coarse = np.linspace(0, 1, 21)
    inputs = np.concatenate([series(4, coarse, 9), 40 * series(1, coarse, 9)])
    np.savez(own / "new.npz", inputs=inputs, positions=5 * coarse - 2, outputs=smooth(inputs, coarse))
    ran = command("operator", "predict", "kept", "new.npz", "-o", "out.npz")
    assert ran.code == 0, ran
    assert "5 functions on 21 points, 1 out of range; mean relative L2 error" in ran.out
    assert "1 of 5 are unlike the training set (first: sample 4)" in ran.err
    with np.load(own / "out.npz") as found:
        assert found["outside"].tolist() == [False] * 4 + [True]
        np.testing.assert_allclose(found["positions"], 5 * coarse - 2)
        known = smooth(inputs, coarse)
        off = np.linalg.norm(found["outputs"][..., 0] - known, axis=1) / np.linalg.norm(known, axis=1)
        np.testing.assert_allclose(found["errors"], off, rtol=1e-6)
        assert off[:4].max() < 0.02
        outputs = found["outputs"]

    ran = command("operator", "predict", "kept", "new.npz")
    rows = [line.split(",") for line in ran.out.splitlines()]
    assert rows[0] == ["x", *(f"output{i}" for i in range(5))]
    table = np.array(rows[1:], dtype=float)
    assert np.array_equal(table[:, 1:], outputs[..., 0].T)
    assert command("operator", "predict", "kept", "new.npz", "-o", "out.csv").code == 0
    assert (own / "out.csv").read_text() == ran.out


def test_several_channels_periodic_data_and_a_network(own, command):
    """Inputs (a, b), outputs (a + b, a − b moved by a quarter); 64 points on (1, 3)."""
    x = np.arange(64) / 64
    a, b = (
        sum(
            np.random.default_rng(9 * seed + k).normal(size=(80, 1)) * np.cos(2 * np.pi * (k * x + seed))
            for k in range(1, 4)
        )
        for seed in (1, 2)
    )
    outputs = np.stack([a + b, np.roll(a - b, 16, axis=1)], axis=2)
    np.savez(own / "two.npz", inputs=np.stack([a, b], axis=2), outputs=outputs, positions=1 + 2 * x)
    settings = [
        part for pair in ("model=galerkin", "boundary=periodic", "shifts=true") for part in ("--set", pair)
    ]
    ran = command("operator", "train", "--data", "two.npz", *settings, "--max-steps", 60, "--quiet")
    assert ran.code in (0, 1), ran
    report = json.loads((own / "runs" / "two" / "report.json").read_text())
    assert report["metrics"]["ridge_error"]["value"] < 1e-9
    assert report["metrics"]["error"]["value"] < 0.2
    fields = load_operator(own / "runs" / "two")
    assert fields.domain == (1.0, 3.0)
    found = predict_file(fields, own / "two.npz")
    assert found.outputs.shape == (80, 64, 2)
    moved = np.stack([np.roll(part, 8, axis=1) for part in (a, b)], axis=2)
    np.savez(own / "moved.npz", inputs=moved)
    np.testing.assert_allclose(
        predict_file(fields, own / "moved.npz").outputs, np.roll(found.outputs, 8, axis=1), atol=1e-4
    )
    assert "output79_1" in command("operator", "predict", "runs/two", "two.npz").out.splitlines()[0]


@pytest.mark.parametrize("name", ["heat-operator", "poisson-operator"])
def test_a_bundled_operator_by_its_name(own, command, name):
    options = ("--set", "model=ridge", "--set", "samples=64", "--quick", "--json")
    ran = command("operator", "train", name, *options)
    assert ran.code == 0
    assert json.loads(ran.out)["problem"] == name
    again = command("operator", "train", name, *options, "--resume")
    assert json.loads(again.out)["metrics"] == json.loads(ran.out)["metrics"]
    sine = np.sin(2 * np.pi * np.arange(65) / (64 if name.startswith("poisson") else 65))
    np.savez(own / "sine.npz", inputs=sine[None])
    ran = command("operator", "predict", f"runs/{name}", "sine.npz")
    column = np.array([line.split(",")[1] for line in ran.out.splitlines()[1:]], dtype=float)
    factor = np.exp(-0.01 * (2 * np.pi) ** 2) if name.startswith("heat") else (2 * np.pi) ** -2
    np.testing.assert_allclose(column, factor * sine, atol=1e-9)


def test_a_resumed_run_of_other_data_is_refused(own, refused, command):
    assert command("operator", "train", "--data", "own.npz", "--set", "model=ridge", "--out", "a").code == 0
    line = refused(2, "operator", "train", "--data", "own.npz", "--out", "a", "--resume")
    assert "model: ridge there, auto asked for" in line
    assert "exists already" in refused(2, "operator", "train", "--data", "own.npz", "--out", "a")


def test_commands_used_wrongly(own, refused):
    both = "expected the NAME of a problem or --data FILE, one of them"
    assert both in refused(2, "operator", "train")
    assert both in refused(2, "operator", "train", "heat-operator", "--data", "own.npz")
    assert "is of kind 'quantum'" in refused(2, "operator", "train", "barrier")
    assert "no such file" in refused(5, "operator", "train", "--data", "none.npz")
    assert "unknown parameter 'modl': did you mean 'model'?" in refused(
        2, "operator", "train", "--data", "own.npz", "--set", "modl=fno"
    )
    assert "ends in .npz, .h5, .hdf5, .nc, .csv" in refused(
        2, "operator", "predict", "a", "own.npz", "-o", "out.txt"
    )
    assert "no such folder" in refused(5, "operator", "predict", "a", "own.npz")


@pytest.mark.parametrize(
    ("options", "error", "line"),
    [
        ({"boundary": "open"}, ArgumentError, "known: free, periodic, zero"),
        ({"shifts": True}, ArgumentError, "expected boundary=periodic with it"),
        ({"model": "fnoo"}, ArgumentError, "did you mean 'fno'"),
        ({"holdout": 0.88}, DataError, "120 samples, 14 of them to learn from, expected at least 16"),
        ({"tolerance": 0.0}, ArgumentError, "tolerance"),
    ],
)
def test_parameters_out_of_range_are_refused(own, options, error, line):
    with pytest.raises(error, match=line):
        DataOperator("own.npz", **options)


@pytest.mark.parametrize("ending", ["npz", "h5", "nc", "csv"])
def test_predictions_go_out_by_the_names_that_came_in(own, command, ending):
    if ending == "h5":
        pytest.importorskip("h5py")
    from sciml.operators.files.kinds import read_contents

    x = np.linspace(0, 1, 41)
    u = series(40, x)
    np.savez("named.npz", p=u, q=np.stack([u, 2 * u], -1), t=x)
    told = ("--inputs", "p", "--outputs", "q", "--positions", "t")
    assert "outputs" in command("operator", "check", "named.npz", *told).out
    arguments = ("--data", "named.npz", *told, "--set", "model=ridge", "--quiet", "--overwrite")
    assert command("operator", "train", *arguments).code == 0
    np.savez("new.npz", p=u[:3], t=x)
    ran = command("operator", "predict", "runs/named", "new.npz", "-o", f"out.{ending}")
    assert ran.code == 0, ran
    if ending == "csv":
        table = np.loadtxt("out.csv", delimiter=",", skiprows=1)
        np.testing.assert_allclose(table[:, :3], np.stack([x, u[0], 2 * u[0]], 1), atol=1e-9)
        return
    arrays = read_contents(own / f"out.{ending}").arrays
    np.testing.assert_allclose(arrays["q"], np.stack([u[:3], 2 * u[:3]], -1), atol=1e-9)
    np.testing.assert_allclose(arrays["t"], x)
    assert arrays["outside"].tolist() == [False] * 3


def test_a_file_is_looked_at_before_it_is_trained_on(own, command):
    x = np.linspace(0, 1, 41)
    u = 300 + np.cos(2 * np.pi * np.outer(np.arange(1, 41), x))
    np.savez("looked.npz", a=u, u=np.roll(u, -1, 0), x=x)
    lines = dict(line.split("  ", 1) for line in command("operator", "check", "looked.npz").out.splitlines())
    assert "inputs are 'a', outputs 'u'" in lines["understood"] or "positions are 'x'" in lines["understood"]
    assert "a large offset" in lines["inputs"]
    assert "the last point is the first" in lines["ends of inputs"]
    assert "39 samples go on from others" in lines["trajectories"]

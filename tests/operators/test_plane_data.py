"""Own data in a plane: training, verdicts, files, predictions on other grids, refusals."""

import numpy as np
import pytest

import sciml
from sciml.errors import ArgumentError, DataError
from sciml.operators import DataOperator
from sciml.operators.files.kinds import read_contents
from sciml.operators.predicting import load_operator, predict_file

N, NX, NY = 60, 13, 12


def functions(nx, ny, count=N, seed=0, periodic=False):
    """Smooth functions and their images under a map that is not linear, on [0, 2] x [-1, 1]."""
    x, y = (np.arange(n) / (n if periodic else n - 1) for n in (nx, ny))
    a = np.random.default_rng(seed).normal(size=(4, count, 1, 1))
    if periodic:
        wave = a[0] * np.cos(2 * np.pi * (x[:, None] + y)) + a[1] * np.sin(2 * np.pi * (x[:, None] - y))
    else:
        wave = a[0] + a[1] * x[:, None] + a[2] * y + a[3] * x[:, None] * y
    return wave, wave**2 - 3, 2 * x, 2 * y - 1


def written(path, periodic=False, **kwargs):
    u, v, x, y = functions(NX, NY, periodic=periodic, **kwargs)
    np.savez(path, a=u, u=v, x=x, y=y)
    return path


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A regression of functions with walls, kept in a folder."""
    folder = tmp_path_factory.mktemp("plane")
    path = written(folder / "own.npz")
    out = folder / "run"
    return sciml.solve(DataOperator(str(path), model="ridge", tolerance=0.2), out=out), out


def test_ridge_regression_finds_a_map_that_is_not_linear(learned):
    solution, out = learned
    assert solution.passed
    assert solution.metrics["error"] == solution.metrics["ridge_error"] < 0.1
    assert "positions are 'x', 'y', by their names" in solution.message
    assert solution.samples["x"].shape == (NX * NY, 2)
    assert (out / "comparison.png").stat().st_size > 10_000
    fresh = functions(NX, NY, count=5, seed=9)
    found = solution(fresh[0])["output"]
    assert found.shape == (5, NX, NY)
    errors = np.linalg.norm(found - fresh[1], axis=(1, 2)) / np.linalg.norm(fresh[1], axis=(1, 2))
    assert np.median(errors) < 0.2


def test_predictions_on_a_finer_grid_go_out_by_their_names(learned, tmp_path, command):
    _, out = learned
    u, v, x, y = functions(2 * NX - 1, 2 * NY - 1, count=8)
    np.savez(tmp_path / "new.npz", a=u, u=v, x=x, y=y)
    prediction = predict_file(load_operator(out), tmp_path / "new.npz")
    assert np.median(prediction.errors) < 0.2
    assert command("operator", "predict", out, tmp_path / "new.npz", "-o", tmp_path / "out.nc").code == 0
    arrays = read_contents(tmp_path / "out.nc").arrays
    assert arrays["u"].shape == (8, 2 * NX - 1, 2 * NY - 1)
    np.testing.assert_allclose(arrays["x"], x)
    np.savez(tmp_path / "new.npz", a=u, x=2 * x, y=y)
    with pytest.raises(DataError, match="cover 0 to 4, the operator was trained on 0 to 2"):
        predict_file(load_operator(out), tmp_path / "new.npz")
    np.savez(tmp_path / "new.npz", a=u[:, 0], x=y)
    with pytest.raises(DataError, match="a grid of 1 axes"):
        predict_file(load_operator(out), tmp_path / "new.npz")


@pytest.mark.parametrize(
    "model", ["spectral", *(pytest.param(each, marks=pytest.mark.slow) for each in ("galerkin", "fno"))]
)
def test_networks_learn_on_a_torus_and_come_back_from_a_folder(tmp_path, model):
    problem = DataOperator(
        str(written(tmp_path / "own.npz", periodic=True)), model=model, boundary="periodic", shifts=True
    )
    solution = sciml.solve(problem, quick=True, max_steps=20, out=tmp_path / "run")
    losses = [row["loss"] for row in solution.history]
    assert min(losses[-5:]) < 0.9 * losses[0]
    u = functions(2 * NX, 2 * NY, count=2, periodic=True)[0]
    again = sciml.load(tmp_path / "run", problem=problem)
    assert np.array_equal(again(u)["output"], solution(u)["output"])
    moved = solution(np.roll(u, (2, 6), (1, 2)))["output"]
    np.testing.assert_allclose(moved, np.roll(solution(u)["output"], (2, 6), (1, 2)), atol=2e-4)


def test_noise_is_no_skill_in_a_plane_either(tmp_path):
    u, v, x, y = functions(NX, NY)
    noise = 101325 + np.random.default_rng(1).normal(size=v.shape)
    np.savez(tmp_path / "own.npz", a=u, u=noise, x=x, y=y)
    solution = sciml.solve(DataOperator(str(tmp_path / "own.npz"), model="ridge"))
    assert solution.metrics["error"] < 1e-4
    assert solution.passed is False


def test_what_is_no_grid_of_a_plane_is_refused(tmp_path):
    path = tmp_path / "own.npz"
    u, v, x, y = functions(NX, NY)

    def refused(words, kind=DataError, boundary="free", **changed):
        np.savez(path, **{"a": u, "u": v, "x": x, "y": y, **changed})
        with pytest.raises(kind, match=words):
            sciml.solve(DataOperator(str(path), model="ridge", boundary=boundary))

    refused("x: positions 0 and 1 are .* expected an even grid", x=x**2)
    refused("outputs at the walls are .* expected 0 under boundary=zero", boundary="zero")
    closed = np.concatenate([v, v[:, :1]], 1)
    refused(
        "the first and the last line along x are equal",
        boundary="periodic",
        a=np.concatenate([u, u[:, :1]], 1),
        u=closed,
        x=np.linspace(0, 1, NX + 1),
    )
    points = np.random.default_rng(0).random((NX * NY, 2))
    flat = {"inputs": u.reshape(N, -1), "outputs": v.reshape(N, -1), "positions": points}
    np.savez(path, **flat)
    with pytest.raises(DataError, match="156 scattered points of a plane, expected an n × m grid"):
        sciml.solve(DataOperator(str(path), model="ridge"))
    np.savez(path, a=u, u=v, x=x, y=y)
    with pytest.raises(
        ArgumentError, match="in a plane.*expected one of auto, spectral, galerkin, fno, ridge"
    ):
        DataOperator(str(path), model="deeponet")

"""Data sets that a verdict has been fooled by: right, refused, or doubted by the right name."""

import numpy as np
import pytest
import torch

import sciml
from sciml.errors import DataError, FileError
from sciml.operators import DataOperator
from sciml.operators.data import load_data
from sciml.operators.judge import MEAN
from sciml.operators.models.ridge import Ridge
from sciml.operators.predicting import predict_file
from sciml.operators.skill import skill

N = 64
X = np.arange(N) / N


@pytest.fixture
def solved(tmp_path, monkeypatch):
    """Solve a data set of one's own, by ridge regression where no other model is named."""
    monkeypatch.chdir(tmp_path)

    def solve(inputs, outputs, positions=X, steps=None, **options):
        np.savez("own.npz", inputs=inputs, outputs=outputs, positions=positions)
        return sciml.solve(DataOperator("own.npz", **{"model": "ridge", **options}), max_steps=steps)

    return solve


def smooth(count=120, seed=0, n=N, modes=8, ends=False):
    """Periodic functions of a few modes; with `ends` on a grid that has both."""
    x = np.linspace(0, 1, n) if ends else np.arange(n) / n
    k = np.arange(1, modes + 1)
    a, b = np.random.default_rng(seed).normal(size=(2, count, modes)) / k
    return a @ np.cos(2 * np.pi * np.outer(k, x)) + b @ np.sin(2 * np.pi * np.outer(k, x))


def moved(u):
    """A map that ridge regression learns: u moved by an eighth, and damped."""
    return 0.7 * np.roll(u, N // 8, axis=-1)


@pytest.mark.parametrize("offset", [0.0, 101325.0, -1e6])
def test_noise_about_any_offset_is_no_skill(solved, offset):
    u = smooth()
    noise = np.random.default_rng(1).normal(size=u.shape)
    solution = solved(u + offset, noise + offset, tolerance=2.0)
    assert solution.passed is False
    assert solution.metrics["skill"] < solution.metrics["least_skill"]
    assert "no better than" in solution.message
    assert solution.message.startswith("not to be trusted: ")


@pytest.mark.parametrize("seed", range(8))
def test_noise_passes_by_no_seed(solved, seed):
    """With a tolerance that lets any error pass, and a few samples to judge by."""
    u = smooth(60, seed)
    noise = np.random.default_rng(100 + seed).normal(size=u.shape)
    assert solved(u, noise, tolerance=9.0, holdout=0.3).passed is False


@pytest.mark.parametrize("offset", [300.0, -1e5])
def test_an_offset_changes_no_verdict(solved, offset):
    """Half right about zero is half right about 300: the tolerance holds for what varies, too."""
    u = smooth()
    half = moved(u) + np.random.default_rng(1).normal(size=u.shape) * moved(u).std() / 2
    plain, high = solved(u, half), solved(u, half + offset)
    assert (plain.passed, high.passed) == (False, False)
    assert high.metrics["error"] < 1e-2 < 0.3 < plain.metrics["error"]
    assert high.metrics["fluctuation_error"] == pytest.approx(plain.metrics["fluctuation_error"], rel=1e-6)
    assert solved(u + offset, moved(u) + offset).passed


def test_a_network_learns_what_varies_about_a_large_mean(solved):
    """In float32 the mean alone would leave rounding of a third of a percent."""
    u = smooth()
    options = {"model": "spectral", "boundary": "periodic", "shifts": True, "steps": 60}
    plain, high = (solved(u, 0.01 * moved(u) + c, **options).metrics for c in (0.0, 300.0))
    assert high["fluctuation_error"] == pytest.approx(plain["fluctuation_error"], rel=0.05)
    assert high["fluctuation_error"] < 0.2


@pytest.mark.parametrize("boundary", ["periodic", "free"])
def test_ridge_regression_finds_affine_maps_exactly(solved, boundary):
    u = smooth()
    for image in (np.full_like(u, 3.0), 2 * u + np.sin(2 * np.pi * X), u - 1e4 * X, u.mean(1)[:, None] + X):
        solution = solved(u, image, boundary=boundary)
        assert solution.metrics["error"] < 1e-12
        assert solution.passed


def test_outputs_that_do_not_vary_are_remarked_on(solved):
    solution = solved(smooth(), np.full((120, N), 3.0))
    assert any("all samples are the same function" in remark for remark in solution.remarks)


@pytest.mark.parametrize("n", [63, 64])
@pytest.mark.parametrize("boundary", ["periodic", "free"])
def test_ridge_regression_has_all_modes_of_white_functions(solved, n, boundary):
    """The highest of an even number of points too."""
    u = np.random.default_rng(0).normal(size=(400, n))
    solution = solved(u, 1 - u, np.arange(n) / n, boundary=boundary)
    assert solution.metrics["error"] < 1e-12
    assert solution.passed


def test_modes_beyond_the_regression_get_a_word(solved, monkeypatch):
    monkeypatch.setattr("sciml.operators.content.MOST", 8)
    monkeypatch.setattr("sciml.operators.content.LEAST", 8)
    solution = solved(smooth(modes=20), smooth(modes=4), boundary="periodic")
    assert any("lies above mode 8, the highest that ridge" in remark for remark in solution.remarks)
    assert not any("outputs:" in remark for remark in solution.remarks)


def test_every_output_channel_has_its_own_verdict(solved):
    """The second channel is noise, a million times smaller; and the first alone is learned well."""
    u = smooth()
    noise = 1e-6 * np.random.default_rng(1).normal(size=u.shape)
    solution = solved(u, np.stack([moved(u), noise], 2), boundary="periodic")
    assert solution.passed is False
    assert solution.metrics["error_channel0"] < 1e-9
    assert solution.metrics["error_channel1"] == solution.metrics["error"] > 0.9
    assert "in output channel 1" in solution.message
    both = solved(u, np.stack([moved(u), 1e-6 * u + 5], 2), boundary="periodic")
    assert both.passed
    assert both.metrics["fluctuation_error"] < 1e-7


def test_each_input_channel_has_its_own_scale(solved):
    """What the outputs hang on is the small channel."""
    u, v = smooth(), smooth(seed=1)
    assert (
        solved(np.stack([1e9 + 1e6 * u, 1e-6 * v], 2), moved(v), boundary="periodic").metrics["error"] < 1e-7
    )
    solution = solved(
        np.stack([1e6 * u, 1e-6 * v], 2),
        moved(v),
        boundary="periodic",
        shifts=True,
        model="spectral",
        steps=60,
    )
    assert solution.metrics["error"] < 0.3


def test_inputs_with_another_mean_are_outside(solved):
    u = smooth()
    fields = solved(u, moved(u), boundary="periodic").fields
    for mean, flagged in ((0.0, 0), (3.0, 8), (1000.0, 8)):
        np.savez("new.npz", inputs=u[:8] + mean)
        assert predict_file(fields, "new.npz").outside.sum() == flagged


def test_the_end_of_a_period_given_twice_is_refused(solved):
    u = smooth(n=N + 1, ends=True)
    with pytest.raises(DataError, match="the first and the last point are equal.*drop the last"):
        solved(u, 2 * u, np.linspace(0, 1, N + 1), boundary="periodic")
    assert solved(u[:, :-1], 2 * u[:, :-1], boundary="periodic").passed
    assert solved(u, 2 * u, np.linspace(0, 1, N + 1)).passed


@pytest.mark.parametrize("shape", [(40, 16, 16), (40, 16)])
def test_square_fields_are_refused_on_either_side(solved, shape):
    fields = np.random.default_rng(0).normal(size=(40, 16, 16))
    other = np.random.default_rng(0).normal(size=shape)
    for pair in ((fields, other), (other, fields)):
        with pytest.raises(DataError, match="16 x 16 values on 16 positions, which may be fields in two dim"):
            solved(*pair, np.arange(16) / 16)


@pytest.mark.parametrize("start", [0.0, 10_000.0])
def test_axes_in_float32_are_even_to_their_rounding(solved, start):
    axis = (start + 0.1 * np.arange(N)).astype(np.float32)
    u = smooth()
    assert solved(u, moved(u), axis).passed
    axis[10] += 0.03
    with pytest.raises(DataError, match="expected an even grid"):
        solved(u, moved(u), axis)


def test_ends_that_are_not_zero_are_refused_under_zero(solved):
    u, x = smooth(n=N + 1, ends=True), np.linspace(0, 1, N + 1)
    bump = u * x * (1 - x)
    assert solved(bump, 2 * bump, x, boundary="zero").passed
    for pair, name in (((1 + u, bump), "inputs"), ((bump, bump + 0.1), "outputs")):
        with pytest.raises(DataError, match=f"{name} at the ends are .* expected 0 under boundary=zero"):
            solved(*pair, x, boundary="zero")


def test_jumps_of_functions_called_periodic_are_remarked_on(solved):
    u = smooth()
    assert solved(u, moved(u), boundary="periodic").remarks == ()
    remarks = solved(u, u + X * u[:, :1], boundary="periodic").remarks
    assert len(remarks) == 1
    assert "outputs: from the last point to the first they jump" in remarks[0]


@pytest.mark.slow
def test_a_zero_pair_harms_no_other(solved):
    u = smooth()
    options = {"model": "spectral", "boundary": "periodic", "shifts": True, "steps": 60}
    plain = solved(u, moved(u), **options).metrics["error"]
    u[7] = 0
    assert solved(u, moved(u), **options).metrics["error"] < 1.3 * plain + 0.01


def test_trajectories_are_kept_together(solved, tmp_path):
    """Twelve of eleven states each, whose pairs stand in the file in any order."""
    states = np.stack([0.95**t * np.roll(smooth(12), t, axis=1) for t in range(11)], 1)
    inputs, outputs = (part.reshape(-1, N) for part in (states[:, :-1], states[:, 1:]))
    order = np.random.default_rng(0).permutation(120)
    solution = solved(inputs[order], outputs[order], boundary="periodic")
    learn, judge = solution.problem.split
    assert len(judge) % 10 == 0
    known = {row.tobytes() for row in learn.inputs}
    assert not any(row.tobytes() in known for row in judge.outputs)
    assert "trajectories were kept together" in solution.remarks[0]
    assert "persistence_error" in solution.metrics


def test_trajectories_may_be_named(tmp_path):
    u, path = smooth(), tmp_path / "own.npz"
    labels = np.arange(120) // 20
    np.savez(path, inputs=u, outputs=moved(u), positions=X, trajectory=labels)
    learn, judge = load_data(path).split(0.2, seed=0)
    assert not set(learn.trajectory) & set(judge.trajectory)
    np.savez(path, inputs=u, outputs=moved(u), positions=X, trajectory=labels[:-1])
    with pytest.raises(DataError, match=r"trajectory: got the shape \(119,\), expected \(120,\)"):
        load_data(path)


def test_the_last_of_a_single_trajectory_judge(tmp_path):
    states = np.stack([np.roll(smooth(1)[0], t) * 0.99**t for t in range(41)])
    np.savez(tmp_path / "one.npz", inputs=states[:-1], outputs=states[1:], positions=X)
    learn, judge = load_data(tmp_path / "one.npz").split(8, seed=3)
    assert np.array_equal(learn.inputs[:, :, 0], states[:32])
    assert np.array_equal(judge.outputs[:, :, 0], states[33:])


def test_a_step_no_better_than_persistence_fails(solved):
    """States that hardly change, and outputs with noise as large as the change."""
    u = smooth()
    change = 1e-3 * np.random.default_rng(2).normal(size=u.shape)
    solution = solved(u, u + change, boundary="periodic")
    assert solution.metrics["error"] < 0.01
    assert solution.passed is False
    assert "no better than the input as it is" in solution.message


def test_a_network_that_made_no_step_is_doubted(solved):
    u = smooth()
    solution = solved(u, moved(u), boundary="periodic", model="deeponet", steps=0, tolerance=9.0)
    assert solution.passed is False
    assert "no step" in solution.doubts[0]
    assert solved(u, moved(u), boundary="periodic", steps=0).passed


def test_skill_has_the_error_of_a_ratio():
    """Over 400 draws of 50 samples, three of its errors above zero is rare for a prediction without skill."""
    generator = torch.Generator().manual_seed(0)
    wrong = 0
    for _ in range(400):
        target, other = torch.randn(2, 50, 4, 1, generator=generator, dtype=torch.float64)
        wrong += skill(0.1 * other, target, {MEAN: torch.zeros_like(target)}).proven
    assert wrong <= 4  # expected .5; false alarm 2e-4
    target = torch.randn(4, 16, 1, generator=generator)
    assert skill(0.99 * target, target, {MEAN: torch.zeros_like(target)}).proven


def test_pickled_arrays_are_named(tmp_path):
    path = tmp_path / "own.npz"
    np.savez(path, X=np.array([np.zeros((2, 3)), np.zeros((4, 1))], dtype=object), y=np.zeros((2, 4)))
    with pytest.raises(FileError, match=r"an \.npz that holds objects.*convert it: import .*np.savez"):
        load_data(path)


def test_ridge_regression_of_before_has_no_intercept():
    """What was saved without one gives what it gave."""
    old = {name: x for name, x in Ridge(5).state_dict().items() if name in ("matrix", "input_scale")}
    old |= {"input_scale": torch.tensor(2.0), "output_scale": torch.tensor(3.0)}
    old["matrix"] = torch.eye(11, dtype=torch.float64)
    model = Ridge(5)
    model.load_state_dict(old)
    from sciml.operators import Field

    u = torch.from_numpy(smooth(2, modes=5))[..., None]
    x = torch.from_numpy(X)[None, :, None].expand(2, -1, 1)
    torch.testing.assert_close(model(Field(u, x)), 1.5 * u, rtol=0, atol=1e-12)

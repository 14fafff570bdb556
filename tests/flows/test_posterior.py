"""Posteriors: exact ones found, bounds kept, wrong ones refused, and what was saved is what is read."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError
from sciml.flows import ObservationWarning, Posterior, fit_posterior
from sciml.flows.uses.calibration import SIZE, calibrate
from sciml.flows.uses.fit_posterior import fitted
from sciml.flows.uses.linear import regress
from sciml.flows.uses.networks import SetEmbedding
from sciml.flows.uses.ranges import Ranges
from sciml.flows.uses.scaling import Scaling

BOUNDS = ((None, None), (0.0, None))


def pairs(n, seed):
    """A normal location and a gamma rate, each with its own observation: the posterior is a product."""
    rng = np.random.default_rng(seed)
    theta = np.stack([rng.normal(size=n), rng.gamma(2.0, size=n)], 1)
    return theta, np.stack([theta[:, 0] + 0.5 * rng.normal(size=n), rng.poisson(4 * theta[:, 1])], 1)


class Exact:
    """The exact posterior, shifted by so many of its deviations and widened: where right, the reference."""

    def __init__(self, shift=0.0, width=1.0, blind=False):
        self.shift, self.width, self.blind = shift, width, blind

    def parts(self, given):
        x = np.atleast_2d(given)
        if self.blind:
            return stats.norm(0 * x[:, 0], 1.0), stats.gamma(2.0 + 0 * x[:, 1])
        return stats.norm(0.8 * x[:, 0], 0.2**0.5), stats.gamma(2 + x[:, 1], scale=0.2)

    def sample(self, n, given, seed=None):
        rng = np.random.default_rng(seed)
        columns = []
        for part in self.parts(given):
            draws = part.rvs((n, len(given)), random_state=rng).T
            middle, deviation = part.mean()[:, None], part.std()[:, None]
            columns.append(middle + self.shift * deviation + self.width * (draws - middle))
        return np.stack(columns, -1)

    def log_prob(self, theta, given):
        return sum(part.logpdf(column) for part, column in zip(self.parts(given), theta.T, strict=True))


@pytest.fixture(scope="module")
def posterior():
    return fitted(*pairs(3000, 0), bounds=BOUNDS, seed=0, monitor=Monitor(), max_steps=200)


@pytest.fixture(scope="module")
def fresh():
    return pairs(1000, 1)


def test_the_posterior_is_the_exact_one_and_calibrated(posterior, fresh):
    theta, x = fresh
    gap = Exact().log_prob(theta, x) - posterior.log_prob(theta, x)
    assert -4 * gap.std() / 1000**0.5 < gap.mean() < 0.05
    found = posterior.calibration(theta, x)
    assert found.passed, found.message
    assert found.p_value > SIZE
    assert [round(each.value, 1) for each in found.spread] == [1.0, 1.0]
    assert found.coverage[0.9] == pytest.approx(0.9, abs=0.04)
    assert posterior.gain.value > 20 * posterior.gain.error


@pytest.mark.parametrize(
    "wrong", [{"width": 1.3}, {"shift": 0.3}, {"width": 1 / 1.3}, {"shift": -0.3}], ids=str
)
def test_a_wrong_posterior_is_refused(fresh, wrong):
    found = calibrate(Exact(**wrong), *fresh, anchors=pairs(500, 2))
    assert not found.passed
    assert found.p_value < 1e-4
    assert {"parameter 0", "parameter 1"} <= set(found.refused)
    if "width" in wrong:
        assert found.spread[0].value == pytest.approx(wrong["width"], abs=5 * found.spread[0].error)
        assert "times as wide" in found.message
    else:
        assert found.bias[0].value == pytest.approx(wrong["shift"], abs=5 * found.bias[0].error)


def test_the_prior_is_no_posterior(fresh):
    """Its ranks of parameters and densities are right; the points alone see that it ignores x."""
    found = calibrate(Exact(blind=True), *fresh, anchors=pairs(500, 2))
    assert found.refused == ("points",)


def test_the_exact_posterior_passes_with_the_stated_size():
    anchors = pairs(500, 2)
    found = [calibrate(Exact(), *pairs(200, seed), anchors=anchors, seed=seed) for seed in range(10, 35)]
    assert all(each.passed for each in found)
    smallest = np.array([each.p_value for each in found])
    assert stats.binomtest(int((smallest < 0.2).sum()), 25, 0.2, alternative="greater").pvalue > 1e-3


def test_rows_that_were_trained_on_prove_nothing(posterior):
    found = posterior.calibration(*posterior.anchors)
    assert not found.passed
    assert "trained on" in found.message


def test_draws_and_density_keep_the_bounds(posterior):
    draws = posterior.sample(20_000, [0.3, 0.0], seed=1)
    assert draws.shape == (20_000, 2)
    assert draws[:, 1].min() > 0
    assert posterior.log_prob([[0.1, -1e-9], [0.1, 0.0]], [0.3, 0.0]).tolist() == [-np.inf, -np.inf]
    side, rates = np.linspace(-4, 4, 161), np.linspace(0, 4, 401)[1:]
    grid = np.stack(np.meshgrid(side, rates, indexing="ij"), -1).reshape(-1, 2)
    mass = np.exp(posterior.log_prob(grid, [0.3, 0.0])).sum() * 0.05 * 0.01
    assert mass == pytest.approx(1.0, abs=0.01)
    assert np.exp(posterior.log_prob(draws, [0.3, 0.0])).mean() > 0
    median = np.median(draws, axis=0)
    assert median[0] == pytest.approx(0.24, abs=0.1)
    assert median[1] == pytest.approx(stats.gamma(2, scale=0.2).median(), abs=0.05)


def test_several_observations_are_as_one_after_another(posterior):
    both = np.array([[0.3, 2.0], [-1.0, 9.0]])
    assert posterior.sample(5, both, seed=3).shape == (2, 5, 2)
    theta = np.array([[0.0, 1.0], [0.5, 2.0]])
    rows = [posterior.log_prob(theta[i : i + 1], both[i])[0] for i in range(2)]
    assert posterior.log_prob(theta, both) == pytest.approx(rows, abs=1e-5)
    assert posterior.log_prob(theta, both[0])[0] == pytest.approx(rows[0], abs=1e-5)
    assert np.array_equal(posterior.sample(7, both[0], seed=3), posterior.sample(7, both[0].tolist(), seed=3))
    assert posterior.sample(0, both[0]).shape == (0, 2)


def test_an_observation_beyond_all_simulations_is_warned_of(posterior):
    with pytest.warns(ObservationWarning, match=r"entry 0 lies beyond everything simulated"):
        assert np.isfinite(posterior.sample(3, [1e6, 1.0])).all()


def test_saved_and_read_again(posterior, tmp_path):
    folder = posterior.save(tmp_path / "one")
    again = Posterior.load(folder)
    assert np.array_equal(again.sample(9, [0.1, 3.0], seed=4), posterior.sample(9, [0.1, 3.0], seed=4))
    assert (again.winner, again.gain, again.status) == (posterior.winner, posterior.gain, posterior.status)
    with pytest.raises(ArgumentError, match="holds a model already"):
        posterior.save(folder)
    with pytest.raises(ArgumentError, match="embedding: got one, expected none"):
        Posterior.load(folder, torch.nn.Identity())
    with pytest.raises(FileError, match="no such folder"):
        Posterior.load(tmp_path / "none")


@pytest.mark.parametrize("name", ["model.json", "model.safetensors", "manifest.json"])
def test_a_damaged_folder_is_refused(posterior, tmp_path, name):
    path = posterior.save(tmp_path / "one") / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileError):
        Posterior.load(path.parent)


@pytest.mark.parametrize(
    "change", [{"layers": 10**9}, {"hidden": [10**6]}, {"bins": -1}, {"sets": 3}], ids=str
)
def test_a_description_of_more_than_was_saved_is_refused(posterior, tmp_path, change):
    folder = posterior.save(tmp_path / "one")
    values = json.loads((folder / "model.json").read_text())
    values["sizes"].update(change)
    (folder / "model.json").write_text(json.dumps(values))
    (folder / "manifest.json").unlink()
    with pytest.raises(FileError, match="describe a posterior"):
        Posterior.load(folder)


def test_ranges_are_undone_and_their_slopes_are_derivatives():
    rng = np.random.default_rng(0)
    theta = np.stack([rng.uniform(2, 5, 400), 1e6 + rng.gamma(2, size=400), -rng.gamma(2, size=400)], 1)
    ranges = Ranges.fit(theta, [(2, 5), (1e6, None), (None, 0)])
    u, slope = ranges.encode(theta)
    assert ranges.decode(u) == pytest.approx(theta, rel=1e-12)
    assert (u.mean(0), u.std(0)) == (pytest.approx(np.zeros(3), abs=1e-9), pytest.approx(np.ones(3)))
    step = 1e-6 * (theta - np.array([2, 1e6, 0]))
    numeric = [
        (ranges.encode(theta + step * axis)[0] - u)[:, i] / step[:, i] for i, axis in enumerate(np.eye(3))
    ]
    assert np.log(np.abs(numeric)).sum(0) == pytest.approx(slope, abs=1e-3)
    far = ranges.decode(np.array([[-60.0, -800.0, -900.0], [60.0, 60.0, 900.0]]))
    assert (far[:, 0] > 2).all()
    assert (far[:, 0] < 5).all()
    assert (far[:, 1] > 1e6).all()
    assert (far[:, 2] < 0).all()


def test_a_flat_density_between_bounds_becomes_normal():
    theta = np.linspace(0, 1, 1002)[1:-1, None]
    ranges = Ranges.fit(theta, [(0, 1)])
    u, slope = ranges.encode(theta)
    normal = stats.norm(0, 1 / ranges.scale[0]).logpdf(u[:, 0] + ranges.shift[0] / ranges.scale[0])
    assert normal + slope == pytest.approx(np.zeros(1000), abs=1e-9)


def test_the_linear_guess_is_bayesian_linear_regression():
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(20_000, 2))
    design = np.array([[1.0, 0.5], [0.0, 2.0], [1.0, -1.0]])
    x = theta @ design.T + rng.normal(size=(20_000, 3))
    found = regress(theta, x, np.arange(18_000), np.arange(18_000, 20_000))
    covariance = np.linalg.inv(np.eye(2) + design.T @ design)
    assert np.linalg.inv(found.factor.T @ found.factor) == pytest.approx(covariance, abs=0.01)
    assert found.weight == pytest.approx(covariance @ design.T, abs=0.01)
    exact = stats.multivariate_normal(np.zeros(2), covariance).logpdf(theta - x @ design @ covariance)
    assert (exact - found.log_prob(theta, x)).mean() == pytest.approx(0, abs=2e-3)


def test_sets_have_no_order_and_any_number():
    embedding, s = SetEmbedding(2, seed=1), torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(embedding(s), embedding(s.flip(1)), atol=1e-6)
    padded = torch.cat([s, torch.full((4, 3, 2), torch.nan)], 1)
    assert torch.allclose(embedding(s), embedding(padded), atol=1e-6)
    assert not torch.allclose(embedding(s), embedding(s[:, :3]), atol=1e-3)


def test_a_posterior_of_sets():
    """Of one or three observations of a normal location, right within what 1500 rows teach."""
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(1500, 1))
    x = theta[:, None] + rng.normal(size=(1500, 3, 1))
    x[:750, 1:] = np.nan
    posterior = fitted(theta, x, seed=0, monitor=Monitor(), max_steps=150)
    assert posterior.scaling.sets
    draws = posterior.sample(4000, [[1.0], [1.2], [0.8]], seed=0)
    assert draws.mean() == pytest.approx(0.75, abs=0.2)
    assert np.array_equal(
        posterior.sample(9, [[1.0]], seed=0), posterior.sample(9, [[1.0], [np.nan]], seed=0)
    )
    wide, narrow = posterior.sample(4000, [[1.0]], seed=0).std(), draws.std()
    assert wide > 1.1 * narrow  # 1/√2 and 1/2


def test_an_embedding_of_ones_own(tmp_path):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=(150, 1))
    x = theta[:, :, None] + rng.normal(size=(150, 4, 4))
    own = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
    before = own[1].weight.clone()
    posterior = fitted(theta, x, embedding=own, seed=0, monitor=Monitor(), max_steps=4)
    assert torch.equal(own[1].weight, before)
    folder = posterior.save(tmp_path / "one")
    with pytest.raises(ArgumentError, match="embedding: got none"):
        Posterior.load(folder)
    again = Posterior.load(folder, torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3)))
    assert np.array_equal(again.sample(3, x[0], seed=0), posterior.sample(3, x[0], seed=0))
    with pytest.raises(ArgumentError, match=r"embedding: gave torch.float32 of shape \(2, 4, 4\)"):
        fitted(theta, x, embedding=torch.nn.Identity(), seed=0, monitor=Monitor())


def test_what_tells_nothing_is_said():
    rng = np.random.default_rng(0)
    posterior = fitted(
        rng.normal(size=(300, 1)), rng.normal(size=(300, 1)), seed=0, monitor=Monitor(), max_steps=0
    )
    assert posterior.winner == "linear"
    assert "tell nothing" in posterior.remarks[0]


def test_no_seconds_are_said():
    posterior = fit_posterior(*pairs(200, 0), max_seconds=1e-9)
    assert "seconds ran out" in posterior.remarks[0]
    assert posterior.status.value == "max_steps"


GOOD = pairs(200, 0)
BAD = {
    "parameters: got the shape": ({"parameters": np.zeros((200, 2, 2))}, ArgumentError),
    "parameters: got NaN or infinity in row 3": ({"parameters": [1.0, 2.0, 3.0, np.nan] * 50}, DataError),
    "parameters: column 1 is constant": ({"parameters": GOOD[0] * [1, 0]}, DataError),
    "expected an array of real numbers": ({"simulations": [["a", "b"]] * 200}, ArgumentTypeError),
    "simulations: got the shape .*, expected 200 rows": ({"simulations": GOOD[1][:10]}, ArgumentError),
    "simulations: got NaN or infinity in row 0 ": ({"simulations": GOOD[1] + np.inf}, DataError),
    "give an embedding for other shapes": ({"simulations": np.zeros((200, 2, 2, 2))}, ArgumentError),
    "set 0 holds no observation": ({"simulations": np.full((200, 2, 2), np.nan)}, DataError),
    "expected at least 100": ({"parameters": GOOD[0][:9], "simulations": GOOD[1][:9]}, DataError),
    "bounds: got .*, expected a pair": ({"bounds": [(0, 1)]}, ArgumentError),
    "and low < high": ({"bounds": [(0, 1), (2, 1)]}, ArgumentError),
    "within its bounds -1 and 1": ({"bounds": [(-1, 1), None]}, DataError),
    "embedding: got a str": ({"embedding": "cnn"}, ArgumentTypeError),
    "seed: got -1": ({"seed": -1}, ArgumentError),
    "max_seconds: got 0": ({"max_seconds": 0}, ArgumentError),
}  # fmt: skip


@pytest.mark.parametrize("words", BAD)
def test_bad_input_is_refused_in_one_line(words):
    wrong, kind = BAD[words]
    arguments = {"parameters": GOOD[0], "simulations": GOOD[1], **wrong}
    with pytest.raises(kind, match=words) as refused:
        fit_posterior(**arguments)
    assert "\n" not in str(refused.value)


def test_bad_observations_are_refused(posterior):
    with pytest.raises(ArgumentError, match=r"given: got the shape \(1, 3\), expected \(2,\)"):
        posterior.sample(3, [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="given: got NaN"):
        posterior.sample(3, [np.nan, 1.0])
    with pytest.raises(ArgumentError, match="n: got -1"):
        posterior.sample(-1, [0.0, 1.0])
    with pytest.raises(ArgumentError, match="given: got 2 rows, expected 1 or 3"):
        posterior.log_prob(np.ones((3, 2)), np.ones((2, 2)))
    with pytest.raises(DataError, match="expected at least 100"):
        posterior.calibration(*pairs(50, 3))
    with pytest.raises(ArgumentError, match="simulations: got 9 rows"):
        posterior.calibration(pairs(200, 3)[0], pairs(9, 3)[1])


def test_what_was_simulated_far_out_stays_finite():
    x = np.concatenate([np.random.default_rng(0).normal(size=(200, 1)), [[1e300]]])
    scaling = Scaling.fit(x, sets=False)
    assert scaling.encode(x).isfinite().all()
    assert replace(scaling, scale=np.ones(1), middle=np.zeros(1)).encode(np.array([[5.0]])).item() == 5.0

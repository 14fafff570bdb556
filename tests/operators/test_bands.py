"""Error bands cover whole functions as often as they say, on eight kinds of data, and wrong ones do not."""

import json

import numpy as np
import pytest

import sciml
from sciml.errors import ArgumentError
from sciml.operators import DataOperator
from sciml.operators.bands import REGIONS, Bands
from sciml.operators.files.kinds import read_contents

X = np.arange(32) / 32
SPLITS, CALIBRATED = 20, 200


def waves(count, rng, modes=5):
    a = rng.normal(size=(2, count, modes)) / np.arange(1, modes + 1)
    k = 2 * np.pi * np.outer(np.arange(1, modes + 1), X)
    return a[0] @ np.cos(k) + a[1] @ np.sin(k)


MAPS = {  # of a kind each: linear, powers, products, steps, noise, heavy tails, an offset, one place alone
    "moved": lambda u, rng: np.roll(u, 5, 1),
    "square": lambda u, rng: u**2,
    "product": lambda u, rng: u * np.gradient(u, axis=1),
    "sign": lambda u, rng: np.sign(u),
    "noisy": lambda u, rng: u + 0.1 * rng.normal(size=u.shape),
    "heavy": lambda u, rng: u + 0.1 * rng.standard_t(2, size=(len(u), 1)),
    "offset": lambda u, rng: 300 + np.exp(u),
    "place": lambda u, rng: u**3 * (X < 0.2),
}


def off(image, count=800):
    """Residuals of an affine fit on other samples, (count, n, 1)."""
    rng = np.random.default_rng(3)
    u = waves(count + 200, rng)
    v = image(u, rng)
    one = np.ones((len(u), 1))
    design = np.hstack([u[:, ::3], one])
    fitted = np.linalg.lstsq(design[:200], v[:200], rcond=None)[0]
    return (design @ fitted - v)[200:, :, None]


def coverage(residuals, widths):
    """Mean share of new functions that lie within bands of 200 others, over random splits."""
    rng, shares = np.random.default_rng(0), []
    for _ in range(SPLITS):
        order = rng.permutation(len(residuals))
        known, new = residuals[order[:CALIBRATED]], residuals[order[CALIBRATED:]]
        shares.append((np.abs(new) <= widths(known)).all(1).mean())
    return np.mean(shares)


@pytest.mark.parametrize("name", MAPS)
def test_nine_functions_in_ten_lie_within(name):
    """The mean of 20 splits has a standard deviation of 0.005 at most: beyond 0.02 in one of 10⁴ at most."""
    residuals = off(MAPS[name])
    assert 0.88 < coverage(residuals, lambda known: Bands.calibrated(known, 0.9).whole) < 0.92


def test_a_quantile_of_points_is_no_band_of_functions():
    """What nine points in ten are within, most functions leave somewhere."""
    residuals = off(MAPS["noisy"])
    assert coverage(residuals, lambda known: np.quantile(np.abs(known), 0.9)) < 0.3


def test_each_region_has_its_own_width_and_too_few_samples_none():
    residuals = np.random.default_rng(0).normal(size=(500, 32, 2)) * [1.0, 5.0]
    residuals[:, :16] /= 100
    bands = Bands.calibrated(residuals)
    assert bands.regions.shape == (REGIONS, 2)
    assert (bands.at(64)[:32] < 0.1 * bands.at(64)[32:]).all()
    np.testing.assert_allclose(bands.whole[1] / bands.whole[0], 5, rtol=0.2)
    part = np.abs(residuals[:, 20:24]).max(1)
    assert (part <= bands.regions[5]).mean(0) == pytest.approx([0.902, 0.902], abs=1e-3)
    again = Bands.from_values(json.loads(json.dumps(bands.values)))
    np.testing.assert_array_equal(again.regions, bands.regions)
    assert Bands.calibrated(residuals[:8]) is None
    with pytest.raises(ArgumentError, match="level: got 1.5"):
        Bands.calibrated(residuals, 1.5)


def test_a_run_has_bands_and_predictions_carry_them(tmp_path, command):
    rng = np.random.default_rng(5)
    u = waves(200, rng)
    np.savez(tmp_path / "own.npz", inputs=u, outputs=MAPS["noisy"](u, rng), positions=X)
    problem = DataOperator(str(tmp_path / "own.npz"), boundary="periodic", model="ridge", tolerance=0.5)
    solution = sciml.solve(problem, out=tmp_path / "run")
    found = solution.certificates["bands"]
    assert (found["whole_functions"], found["samples"]) == (0.9, 40)
    assert 0.2 < found["width_channel0"] < 0.5  # noise of 0.1 at 32 points
    out = tmp_path / "out.nc"
    assert command("operator", "predict", tmp_path / "run", tmp_path / "own.npz", "-o", out).code == 0
    band = read_contents(out).arrays["band"]
    assert band.shape == (32, 1)
    assert band.max() <= found["width_channel0"] + 1e-12

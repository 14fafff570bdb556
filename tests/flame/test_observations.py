"""Observations: simulated with a known noise, read from tables, and refused in one line that says where."""

import numpy as np
import pytest

from sciml.errors import ArgumentError, DataError, FileError
from sciml.flame.mixture import Mixture
from sciml.flame.observation_tables import read_csv
from sciml.flame.observations import Observations
from sciml.flame.references import premixed_reference
from sciml.flame.simulation import simulate

GOOD = "x [mm],T [K],u [m/s]\n0.0,298,0.27\n0.5,2500,2.2\n1.0,4700,4.2\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "flame.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_without_noise_the_fields_are_the_flame():
    observations = simulate(Mixture(), 10, 0.0, seed=0)
    flame = premixed_reference(Mixture())(observations.x)
    np.testing.assert_allclose(observations.values["T"], flame["T"], rtol=1e-11)
    np.testing.assert_allclose(observations.values["u"], flame["u"], rtol=1e-11)
    assert observations.x[[0, -1]].tolist() == [0.0, 1.5e-3]


def test_noise_has_its_standard_deviation():
    """Sum of squares against χ² of 4000 degrees of freedom: ±3.3 standard deviations, false alarm 1e-3."""
    noisy, exact = (simulate(Mixture(), 2000, noise, seed=3) for noise in (0.02, 0.0))
    scores = [(noisy.values[name] - exact.values[name]) / noisy.sigma[name] for name in ("T", "u")]
    assert np.sum(np.square(scores)) == pytest.approx(4000, abs=3.3 * np.sqrt(8000))
    np.testing.assert_allclose(noisy.sigma["T"], 0.02 * exact.values["T"], rtol=1e-12)


def test_a_seed_is_a_seed():
    first, again, other = (simulate(Mixture(), 5, 0.02, seed).values["T"] for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).all()


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n") + "\r\n",
        GOOD.replace(",", ";").replace(".", ","),
        GOOD.replace(",", "\t"),
        GOOD.replace("x [mm]", '"x [mm]"'),
        "T [degC],u [cm/s],x [um]\n24.85,27,0\n2226.85,220,500\n4426.85,420,1000\n",
        " x[m] , T [ K ],u [mm/s]\n0,298,270\n5e-4,2500,2200\n1e-3,4700,4200\n",
    ],
)
def test_units_and_dialects(table, text):
    read = read_csv(table(text))
    np.testing.assert_allclose(read.x, [0.0, 5e-4, 1e-3], atol=1e-15)
    np.testing.assert_allclose(read.values["T"], [298.0, 2500.0, 4700.0])
    np.testing.assert_allclose(read.values["u"], [0.27, 2.2, 4.2])
    np.testing.assert_allclose(read.sigma["T"], [5.96, 50.0, 94.0])


def test_columns_of_standard_deviations(table):
    read = read_csv(table("x [mm],T [K],sigma_T [degC]\n0,298,5\n0.5,2500,6\n1,4700,7\n"))
    assert read.sigma["T"].tolist() == [5.0, 6.0, 7.0]
    assert list(read.values) == ["T"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("x [mm],T [K],u [m/s]\n", "got 0 rows, expected at least 3"),
        ("\n".join(GOOD.split("\n")[:3]), "got 2 rows"),
        (GOOD.replace("T [K]", "T"), "column 'T' has no unit"),
        (GOOD.replace("T [K]", "T [F]"), "column 'T' has unit [F]"),
        (GOOD.replace("T [K]", "Tt [K]"), "unknown column 'Tt', did you mean 'T'"),
        (GOOD.replace("u [m/s]", "T [K]"), "column 'T' appears twice"),
        ("T [K],u [m/s]\n1,2\n", "expected x and at least one of T, u"),
        (GOOD.replace("u [m/s]", "sigma_u [m/s]"), "needs a column 'u'"),
        (GOOD.replace("2500", "nan"), "line 3, column 'T [K]': got 'nan'"),
        (GOOD.replace("2500", "hot"), "line 3, column 'T [K]': got 'hot'"),
        (GOOD.replace("2500", ""), "line 3, column 'T [K]': got ''"),
        (GOOD.replace("2500", "-5"), "line 3, column 'T': got -5 K, expected a positive"),
        (GOOD.replace("1.0,", "2.0,"), "line 4, column 'x': got 0.002 m, expected from 0 to 0.0015 m"),
        (GOOD.replace("0.5,", "-0.5,"), "line 3, column 'x'"),
        (GOOD.replace("0.5,", "0.5,1,"), "line 3: got 4 cells, expected 3"),
        (b"x [\xff]\n", "UTF-8"),
    ],
)
def test_bad_tables_are_refused_where_they_are_bad(table, text, words):
    with pytest.raises(DataError) as caught:
        read_csv(table(text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_senseless_noise_of_a_table(table):
    with pytest.raises(ArgumentError, match="noise: got 0.0"):
        read_csv(table(GOOD), noise=0.0)


def test_a_missing_table(tmp_path):
    with pytest.raises(FileError, match="No such file"):
        read_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("points", "noise", "words"),
    [
        (2, 0.02, "points: got 2"),
        (True, 0.02, "points: got True"),
        (10.0, 0.02, "points: got 10.0"),
        ([0.0, 1e-3, 2e-3], 0.02, "points: expected"),
        (10, -0.1, "noise: got -0.1"),
        (10, float("nan"), "noise: got nan"),
    ],
)
def test_senseless_simulations(points, noise, words):
    with pytest.raises(ArgumentError, match=words):
        simulate(Mixture(), points, noise, 0)


@pytest.mark.parametrize(
    ("x", "T", "sigma", "words"),
    [
        ([0.0, 1.0], [1.0], [1.0], "T: got shape"),
        ([0.0, 1.0], [1.0, np.nan], [1.0, 1.0], "T: got nan in row 1"),
        ([0.0, 1.0], [1.0, 2.0], [1.0, 0.0], "sigma_T: got 0.0 in row 1"),
        ([-1.0, 1.0], [1.0, 2.0], [1.0, 1.0], "x: got -1.0 in row 0"),
    ],
)
def test_senseless_observations(x, T, sigma, words):
    with pytest.raises(DataError, match=words):
        Observations(np.array(x), {"T": np.array(T)}, {"T": np.array(sigma)})


def test_unknown_fields_are_refused():
    with pytest.raises(DataError, match="expected T, u or both"):
        Observations(np.zeros(3), {"p": np.ones(3)}, {"p": np.ones(3)})

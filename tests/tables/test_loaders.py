"""The benchmark tables' loaders, on small files of the same layout made here."""

import pickle
import sys

import numpy as np
import pandas as pd
import pytest

from sciml.errors import ArgumentError, DataError, FileError
from sciml.tables.files.benchmark_tables import load

ROWS = 300


def normal(columns, rows=ROWS, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, columns))


def all_rows(splits):
    return pd.concat([splits.train, splits.validation, splits.test], ignore_index=True)


def sizes(splits):
    return [len(part) for part in (splits.train, splits.validation, splits.test)]


def check_standardised(splits):
    """Training and validation rows have mean 0 and deviation 1, to float32."""
    known = pd.concat([splits.train, splits.validation]).to_numpy(dtype=float)
    np.testing.assert_allclose(known.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(known.std(0), 1, rtol=1e-6)
    assert (splits.train.dtypes == np.float32).all()


def test_power_drops_two_columns_shuffles_and_adds_noise_of_the_resolution(tmp_path):
    data = np.arange(8 * ROWS, dtype=float).reshape(ROWS, 8)  # column j of row i is 8i + j
    np.save(tmp_path / "data.npy", data)
    splits = load("power", tmp_path)
    check_standardised(splits)
    assert sizes(splits) == [243, 27, 30]
    assert list(splits.train)[0::5] == ["global_active_power", "time"]
    whole = all_rows(splits).to_numpy(dtype=float)
    order = np.argsort(whole[:, -1])
    assert (order != np.arange(ROWS)).any()
    steps = whole[order][1:] - whole[order][:-1]  # multiples of 8 units, disturbed by the noise
    spread = (steps / steps.mean(0) - 1).std(0)
    expected = np.array([0.001, 0.01, 1, 1, 1, 0]) / np.sqrt(6) / 8  # of the difference of two uniforms
    np.testing.assert_allclose(spread, expected, rtol=0.15, atol=5e-6)
    assert all_rows(load("power", tmp_path)).equals(all_rows(splits))


def gas_frame():
    sensors = normal(6)
    sensors[:, 3] = sensors[:, 1] + 0.01 * sensors[:, 3]  # correlated with 1, and 5 with both
    sensors[:, 5] = 2 * sensors[:, 1] + 0.01 * sensors[:, 5]
    sensors[:, 4] = -sensors[:, 0] + 0.01 * sensors[:, 4]  # negatively: that one stays
    frame = pd.DataFrame(sensors, columns=[f"S{i}" for i in range(6)])
    return pd.concat([pd.DataFrame({"Time": range(ROWS), "Meth": 0.5, "Eth": 1.5}), frame], axis=1)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npy"])
def test_gas_keeps_one_of_correlated_sensors(tmp_path, suffix):
    frame, path = gas_frame(), tmp_path / f"ethylene_CO.{suffix}"
    if suffix == "npy":
        np.save(path, frame.to_numpy())
    elif suffix == "csv":
        frame.to_csv(path, index=False)
    else:
        pytest.importorskip("pyarrow")
        frame.to_parquet(path)
    splits = load("gas", tmp_path)
    kept = [0, 2, 4, 5]  # the first of correlated columns goes, again and again
    if suffix != "npy":
        assert list(splits.train) == [f"S{i}" for i in kept]
    values = frame[[f"S{i}" for i in kept]]
    expected = (values - values.mean()) / values.std()
    np.testing.assert_allclose(all_rows(splits), expected, rtol=1e-5, atol=1e-6)
    assert sizes(splits) == [243, 27, 30]


def test_gas_is_never_unpickled(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    (tmp_path / "ethylene_CO.pickle").write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(FileError, match=r"a pickle can run code.*read_pickle\('ethylene_CO.pickle'\)"):
        load("gas", tmp_path)
    np.save(tmp_path / "ethylene_CO.npy", np.array([[Hostile()]]), allow_pickle=True)
    with pytest.raises(FileError, match=r"not an \.npy of plain numbers"):
        load("gas", tmp_path)


def hepmass_files(folder):
    """Labels, two real features, one whose smallest value recurs six times; the test has a column more."""
    names = ["# label", "f0", "f1", "f2"]
    for part, extra in (("train", []), ("test", ["mass"])):
        values = normal(3 + len(extra), seed=len(extra)) * 3 + 1
        values[:12, 1] = -50.0  # every second row has the label 1
        frame = pd.DataFrame(np.column_stack([np.arange(ROWS) % 2, values]), columns=names + extra)
        frame.to_csv(folder / f"1000_{part}.csv", index=False)
    return [pd.read_csv(folder / f"1000_{part}.csv").iloc[1::2] for part in ("train", "test")]


def test_hepmass_keeps_the_signal_and_drops_recurring_columns(tmp_path):
    train, test = (frame[["f0", "f2"]] for frame in hepmass_files(tmp_path))
    splits = load("hepmass", tmp_path)
    assert list(splits.train) == ["f0", "f2"]
    assert sizes(splits) == [135, 15, 150]
    np.testing.assert_allclose(splits.test, (test - train.mean()) / train.std(), rtol=1e-5, atol=1e-6)
    known = pd.concat([splits.train, splits.validation])
    np.testing.assert_allclose(known, (train - train.mean()) / train.std(), rtol=1e-5, atol=1e-6)


def test_hepmass_takes_rows_longer_than_their_heading(tmp_path):
    hepmass_files(tmp_path)
    whole = load("hepmass", tmp_path)
    lines = (tmp_path / "1000_test.csv").read_text().splitlines()
    lines[0] = lines[0].removesuffix(",mass")
    (tmp_path / "1000_test.csv").write_text("\n".join(lines))
    assert load("hepmass", tmp_path).test.equals(whole.test)


def test_miniboone_is_standardised_by_what_is_not_for_testing(tmp_path):
    data = normal(5) * [1, 10, 100, 1, 1] + [0, 5, 0, 0, 1e3]
    np.save(tmp_path / "data.npy", data)
    splits = load("miniboone", tmp_path)
    check_standardised(splits)
    assert sizes(splits) == [243, 27, 30]
    known = data[:270]
    np.testing.assert_allclose(splits.test, (data[270:] - known.mean(0)) / known.std(0), rtol=1e-4, atol=1e-5)


def test_bsds300_is_read_as_it_is(tmp_path):
    h5py = pytest.importorskip("h5py")
    parts = {name: normal(63, 20, seed) for seed, name in enumerate(("train", "validation", "test"))}
    with h5py.File(tmp_path / "BSDS300.hdf5", "w") as file:
        for name, values in parts.items():
            file[name] = values
    splits = load("bsds300", tmp_path)
    for name, values in parts.items():
        np.testing.assert_array_equal(getattr(splits, name), values.astype(np.float32))
    (tmp_path / "BSDS300.hdf5").write_bytes(b"not HDF5")
    with pytest.raises(FileError, match="no HDF5 file with train, validation, test"):
        load("bsds300", tmp_path)


def test_without_h5py_the_install_command_is_given(tmp_path, monkeypatch):
    (tmp_path / "BSDS300.hdf5").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FileError, match=r"needs h5py: pip install .sciml\[io\]"):
        load("bsds300", tmp_path)


def test_parts_are_written_for_the_command(tmp_path):
    pytest.importorskip("pyarrow")
    np.save(tmp_path / "data.npy", normal(4))
    splits = load("miniboone", tmp_path)
    splits.write(tmp_path)
    assert pd.read_parquet(tmp_path / "test.parquet").equals(splits.test)


def test_files_of_another_layout_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="did you mean 'power'"):
        load("powers", tmp_path)
    for name in ("power", "gas", "hepmass", "miniboone", "bsds300"):
        with pytest.raises(FileError, match="no such file; sciml brings no benchmark tables"):
            load(name, tmp_path)
    np.save(tmp_path / "data.npy", normal(7))
    with pytest.raises(DataError, match=r"shape \(300, 7\), expected \(rows, 8\)"):
        load("power", tmp_path)
    np.save(tmp_path / "data.npy", np.full((30, 4), np.nan))
    with pytest.raises(DataError, match="not a finite number"):
        load("miniboone", tmp_path)
    (tmp_path / "data.npy").write_bytes((tmp_path / "data.npy").read_bytes()[:-8])
    with pytest.raises(FileError, match="damaged"):
        load("miniboone", tmp_path)
    gas_frame().drop(columns="Eth").to_csv(tmp_path / "ethylene_CO.csv", index=False)
    with pytest.raises(DataError, match="no column Eth"):
        load("gas", tmp_path)
    hepmass_files(tmp_path)
    (tmp_path / "1000_test.csv").write_text("label,f0\n0,1\n")
    with pytest.raises(DataError, match="no row has the label 1"):
        load("hepmass", tmp_path)
    (tmp_path / "1000_test.csv").write_text("label,f0\n1,1\n")
    with pytest.raises(DataError, match="has 1 features"):
        load("hepmass", tmp_path)

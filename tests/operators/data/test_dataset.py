"""A user's own data: what is refused, in which words, and files that come back whole."""

import zipfile

import numpy as np
import pytest

from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError
from sciml.operators.data import DataSpec, GaussianField, Heat, OperatorData, generate, load_data, save_data

RNG = np.random.default_rng(0)
X = np.arange(16) / 16
GOOD = {"inputs": RNG.normal(size=(6, 16, 2)), "outputs": RNG.normal(size=(6, 16)), "positions": X}


def changed(name, index, value):
    array = np.array(GOOD[name])
    array[index] = value
    return {name: array}


# faults 20, 21, 23, 26
FAULTS = {
    "counts": ({"outputs": GOOD["outputs"][:5]}, r"\(6, 16, 2\) and \(5, 16, 1\), that is 6 and 5 samples"),
    "one output for all": ({"outputs": GOOD["outputs"][:1]}, "6 and 1 samples"),
    "grids": ({"outputs": RNG.normal(size=(6, 8))}, r"outputs: got the shape \(6, 8\), .*for 16 positions"),
    "one point for all": ({"outputs": RNG.normal(size=(6, 1, 1))}, r"outputs: got the shape \(6, 1, 1\)"),
    "channels first": ({"inputs": RNG.normal(size=(6, 2, 16))}, r"pass np.moveaxis\(inputs, 1, 2\)"),
    "a grid of two axes": ({"inputs": RNG.normal(size=(6, 4, 4, 2))}, r"pass inputs.reshape\(6, 16, 2\)"),
    "one function": ({"inputs": X}, r"inputs: got the shape \(16,\)"),
    "no samples": ({"inputs": np.ones((0, 16))}, "expected at least one sample"),
    "NaN": (changed("inputs", (3, 5, 1), np.nan), "inputs: NaN or infinite in sample 3;"),
    "infinite": (changed("outputs", ([2, 4], 0), np.inf), "outputs: NaN or infinite in sample 2 and 1 more"),
    "text": ({"inputs": np.full((6, 16), "a")}, "inputs: holds <U1"),
    "objects": ({"inputs": np.full((6, 16), None)}, "inputs: holds object"),
    "ragged": ({"inputs": [[1.0], [1.0, 2.0]]}, "rows of different lengths"),
    "complex": ({"inputs": np.ones((6, 16), complex)}, "two channels"),
    "unsorted": (changed("positions", [4, 5], [X[5], X[4]]), "point 5 at 0.25 comes after 0.3125"),
    "duplicated": (changed("positions", 5, X[4]), "points 4 and 5 are both at"),
    "NaN position": (changed("positions", 5, np.nan), "positions: NaN or infinite at point 5"),
    "one point": ({"positions": [0.0]}, r"got the shape \(1,\)"),
    "weights for others": ({"weights": np.full(15, 1 / 15)}, r"weights: got the shape \(15,\)"),
    "weights of sum 16": ({"weights": np.ones(16)}, "the sum 16, expected 1"),
    "weight of 0": ({"weights": np.r_[np.full(15, 1 / 15), 0]}, "got 0.0 at point 15"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_it(fault):
    change, words = FAULTS[fault]
    with pytest.raises(DataError, match=words) as caught:
        OperatorData(**{**GOOD, **change})
    assert "\n" not in str(caught.value)


def test_duplicates_in_the_plane_are_found_and_any_order_is_allowed():
    places = RNG.permutation(np.stack(np.meshgrid(X[:4], X[:4]), -1).reshape(16, 2))
    assert OperatorData(GOOD["inputs"], GOOD["outputs"], places).positions.shape == (16, 2)
    places[9] = places[2]
    with pytest.raises(DataError, match="points 2 and 9 are both at"):
        OperatorData(GOOD["inputs"], GOOD["outputs"], places)


def test_a_zero_target_is_allowed_and_named():  # fault 24
    assert OperatorData(**{**GOOD, **changed("outputs", [1, 4], 0.0)}).zero_targets == (1, 4)
    assert OperatorData(**GOOD).zero_targets == ()


def test_too_many_modes_for_the_grid():  # fault 22
    data = OperatorData(**GOOD)
    data.check_modes(7)
    with pytest.raises(DataError, match="16 points tell 7 modes apart, fewer than the 8 asked for"):
        data.check_modes(8)


def test_other_types_and_orders_of_storage_give_the_same():
    frozen = np.asfortranarray(GOOD["inputs"].astype(np.float32))
    frozen.setflags(write=False)
    data = OperatorData(frozen, np.ones((6, 16), dtype=int), list(X))
    np.testing.assert_array_equal(data.inputs, GOOD["inputs"].astype(np.float32).astype(float))
    assert data.outputs.dtype == np.float64
    assert data.inputs.flags.c_contiguous


def test_default_weights_integrate():
    assert np.ptp(OperatorData(**GOOD).weights) == 0
    x = np.sort(RNG.uniform(size=16))
    w = OperatorData(**{**GOOD, "positions": x}).weights
    assert abs(w.sum() - 1) < 1e-15
    exact = (x[-1] ** 2 - x[0] ** 2) / (2 * (x[-1] - x[0]))  # the mean of x; the trapezoid is exact for lines
    assert abs(w @ x - exact) < 1e-15


def test_a_split_is_a_partition_by_seed():
    data = OperatorData(**{**GOOD, "inputs": np.arange(6.0)[:, None] * np.ones(16)})
    train, test = data.split(0.34, seed=1)
    assert (len(train), len(test)) == (4, 2)
    assert sorted(np.r_[train.inputs[:, 0, 0], test.inputs[:, 0, 0]]) == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(data.split(2, seed=1)[1].inputs, test.inputs)
    chosen = {tuple(data.split(2, seed=seed)[1].inputs[:, 0, 0]) for seed in range(20)}
    assert len(chosen) > 5
    for bad in (0, 6, 1.0, 0.01):
        with pytest.raises(ArgumentError, match="test: got"):
            data.split(bad, seed=1)
    with pytest.raises(ArgumentTypeError, match="test: got True"):
        data.split(True, seed=1)


@pytest.fixture
def saved(tmp_path):
    data = generate(DataSpec(Heat(), GaussianField(modes=5)), 3, 16)
    save_data(data, tmp_path / "heat.npz")
    return data, tmp_path / "heat.npz"


def test_a_file_gives_back_the_data(saved):
    data, path = saved
    again = load_data(path)
    for name in ("inputs", "outputs", "positions", "weights"):
        np.testing.assert_array_equal(getattr(again, name), getattr(data, name))
    assert again.metadata == {**data.metadata, "format_version": 1}


def test_a_users_own_file(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **GOOD)
    data = load_data(str(path))
    assert (data.inputs.shape, data.outputs.shape, data.positions.shape) == ((6, 16, 2), (6, 16, 1), (16, 1))


@pytest.mark.parametrize(
    ("drop", "add", "words"),
    [
        ("positions", {}, r"no array 'positions' .*np.arange\(n\) / n"),
        ("inputs", {"u0": np.ones(3)}, "no array 'inputs' among outputs, positions, u0"),
        (None, {"weight": np.full(16, 1 / 16)}, "unknown array 'weight': did you mean 'weights'"),
        (None, {"metadata": np.array("{")}, "metadata: expected a text"),
        (None, {"metadata": np.array('{"a": NaN}')}, "NaN is not JSON"),
        (None, {"metadata": np.ones(2)}, "not a text"),
        (None, changed("inputs", (3, 5, 1), np.nan), "mine.npz: inputs: NaN or infinite in sample 3"),
    ],
)
def test_a_users_file_that_is_not_a_data_set(tmp_path, drop, add, words):
    path = tmp_path / "mine.npz"
    np.savez(path, **{name: array for name, array in {**GOOD, **add}.items() if name != drop})
    with pytest.raises(DataError, match=words):
        load_data(path)


def test_damaged_hostile_and_newer_files_are_refused(saved, tmp_path):
    _data, path = saved
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.npz").write_bytes(whole[:length])
        with pytest.raises(FileError, match="damaged"):
            load_data(tmp_path / "cut.npz")
    np.savez(tmp_path / "objects.npz", allow_pickle=True, **{**GOOD, "inputs": np.full((6, 16), None)})
    with pytest.raises(FileError, match="holds objects"):
        load_data(tmp_path / "objects.npz")
    np.savez(tmp_path / "newer.npz", **GOOD, metadata=np.array('{"format_version": 2}'))
    with pytest.raises(FileError, match="format version 2"):
        load_data(tmp_path / "newer.npz")
    with pytest.raises(FileError, match="no such file"):
        load_data(tmp_path / "none.npz")
    assert zipfile.is_zipfile(path)

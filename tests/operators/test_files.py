"""Functions in files of any kind: the same pairs come out of each, or the kind is named with the way out."""

import csv
import re

import numpy as np
import pytest
import scipy.io
import torch

from sciml.errors import DataError, FileError
from sciml.operators.data import load_data
from sciml.operators.files import contents, kinds
from sciml.operators.files.names import UNNAMED, Names

N, NX, NY = 6, 9, 7
X, Y = np.linspace(0, 2, NX), np.linspace(-1, 1, NY)
RNG = np.random.default_rng(0)
LINE = RNG.normal(size=(2, N, NX))
PLANE = RNG.normal(size=(2, N, NX, NY))
TIMES = RNG.normal(size=(N, 4, NX))


def hdf5(path, **arrays):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name.replace(":", "/")] = array


def same(path, inputs, outputs, positions, names=UNNAMED):
    data = load_data(path, names)
    np.testing.assert_allclose(data.inputs[..., 0], inputs.reshape(len(inputs), -1), atol=1e-6)
    np.testing.assert_allclose(data.outputs[..., 0], outputs.reshape(len(outputs), -1), atol=1e-6)
    np.testing.assert_allclose(data.positions, positions.reshape(data.positions.shape), atol=1e-6)
    return data.metadata["reading"]


def rows(path, u, v):
    """A table of rows, in any order."""
    with path.open("w") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["sample", "x", "a", "u"])
        table = [(i, X[j], u[i, j], v[i, j]) for i in range(len(u)) for j in range(NX)]
        writer.writerows(table[i] for i in RNG.permutation(len(table)))


def written(kind, path):
    """Write the functions of a line in a file of this kind, and return its path."""
    u, v = LINE
    if kind == "mat":
        scipy.io.savemat(path / "own.mat", {"a": u, "u": v, "x": X[None]})
    elif kind == "mat73":
        hdf5(path / "own.mat", a=u.T, u=v.T, x=X[:, None])
    elif kind == "h5":
        hdf5(path / "own.h5", a=u, u=v, x=X)
    elif kind == "pt":
        torch.save(
            {"a": torch.from_numpy(u), "u": torch.from_numpy(v), "x": torch.from_numpy(X)}, path / "own.pt"
        )
    elif kind == "csv":
        rows(path / "own.csv", u, v)
    elif kind == "nc":
        with scipy.io.netcdf_file(path / "own.nc", "w") as file:
            for name, size in (("sample", N), ("x", NX)):
                file.createDimension(name, size)
            file.createVariable("x", "f8", ("x",))[:] = X
            for name, values in (("a", u), ("u", v)):
                file.createVariable(name, "f8", ("sample", "x"))[:] = values
            file.variables["u"].units = "m/s"
    else:
        np.savez(path / "own.npz", a=u, u=v, x=X)
    return next(path.glob("own.*"))


KINDS = ("mat", "mat73", "h5", "pt", "csv", "nc", "npz")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_pairs(kind, tmp_path):
    reading = same(written(kind, tmp_path), *LINE, X)
    assert reading["notes"][0] == "inputs are 'a', outputs 'u', by their names"
    assert reading.get("units") == ({"u": "m/s"} if kind == "nc" else None)


def test_names_may_be_given(tmp_path):
    np.savez(tmp_path / "own.npz", p=LINE[0], q=LINE[1], r=X, inputs=0 * LINE[0], outputs=LINE[0])
    same(tmp_path / "own.npz", *LINE, X, Names("p", "q", "r"))
    data = load_data(tmp_path / "own.npz", Names("p,q", "q", "r"))
    assert data.inputs.shape == (N, NX, 2)
    with pytest.raises(DataError, match="own.npz: no array 'pp' in the file"):
        load_data(tmp_path / "own.npz", Names("pp", "q", "r"))
    with pytest.raises(DataError, match="no array 'r2' in the file"):
        load_data(tmp_path / "own.npz", Names("p", "q", "r2"))


def test_fields_of_a_plane_on_two_axes_a_mesh_or_points_in_any_order(tmp_path):
    u, v = PLANE
    grid = np.stack(np.meshgrid(X, Y, indexing="ij"), -1).reshape(-1, 2)
    path = tmp_path / "own.npz"
    np.savez(path, a=u, u=v, x=X, y=Y)
    same(path, u, v, grid)
    mesh = dict(zip("xy", np.meshgrid(X, Y, indexing="ij"), strict=True))
    np.savez(path, a=u, u=v[:, None], **mesh)
    same(path, u, v, grid)
    order = RNG.permutation(len(grid))
    np.savez(path, a=u.reshape(N, -1)[:, order], u=v.reshape(N, -1)[:, order], positions=grid[order])
    same(path, u, v, grid)
    np.savez(path, a=np.stack([u, v], 1), u=v, x=X, y=Y)
    with pytest.raises(DataError, match=r"expected \(samples, 9, 7, channels\); channels come last"):
        load_data(path)


def test_what_a_file_leaves_out_is_assumed_and_told(tmp_path):
    scipy.io.savemat(tmp_path / "own.mat", {"coeff": PLANE[0], "sol": PLANE[1]})
    data = load_data(tmp_path / "own.mat")
    assert data.positions.shape == (NX * NY, 2)
    assert data.positions.max(0).tolist() == [1, 1]
    assert "even grid of 9 x 7 points" in data.metadata["reading"]["notes"][1]
    torch.save((torch.ones(N, NX, dtype=torch.bool), torch.zeros(N, NX)), tmp_path / "own.pt")
    assert load_data(tmp_path / "own.pt").inputs.sum() == N * NX


@pytest.mark.parametrize("aligned", [True, False])
def test_the_arrays_of_a_deeponet(tmp_path, aligned):
    u, v = LINE
    branch, trunk, y = u, X[:, None], v
    if not aligned:
        order = RNG.permutation(N * NX)
        branch, trunk, y = np.repeat(u, NX, 0)[order], np.tile(trunk, (N, 1))[order], v.reshape(-1, 1)[order]
    np.savez(tmp_path / "own.npz", X_train0=branch, X_train1=trunk, y_train=y)
    data = load_data(tmp_path / "own.npz")
    order = np.argsort(data.inputs[:, 0, 0])
    known = np.argsort(u[:, 0])
    np.testing.assert_array_equal(data.inputs[order, :, 0], u[known])
    np.testing.assert_array_equal(data.outputs[order, :, 0], v[known])
    np.testing.assert_array_equal(data.positions[:, 0], X)


def test_the_layouts_of_pdebench(tmp_path):
    path = tmp_path / "own.h5"
    hdf5(path, **{"tensor": TIMES, "x-coordinate": X, "t-coordinate": np.arange(5.0)})
    assert "first of 4 times" in same(path, TIMES[:, 0], TIMES[:, -1], X)["notes"][0]
    hdf5(path, **{"nu": PLANE[0], "tensor": PLANE[1][:, None], "x-coordinate": X, "y-coordinate": Y})
    grid = np.stack(np.meshgrid(X, Y, indexing="ij"), -1)
    same(path, *PLANE, grid)
    groups = {f"{i:04d}:data": TIMES[i][..., None] for i in range(N)} | {"0000:grid:x": X}
    hdf5(path, **groups)
    same(path, TIMES[:, 0], TIMES[:, -1], X)


def test_the_layout_of_the_well(tmp_path):
    """Every step of every trajectory, which stay together; scalars and vectors are channels."""
    fields = RNG.normal(size=(2, 3, NX, NY))
    velocity = RNG.normal(size=(2, 3, NX, NY, 2))
    parts = {"t0_fields:rho": fields, "t1_fields:v": velocity, "dimensions:x": X, "dimensions:y": Y}
    hdf5(tmp_path / "own.h5", **parts)
    data = load_data(tmp_path / "own.h5")
    assert data.inputs.shape == data.outputs.shape == (4, NX * NY, 3)
    np.testing.assert_array_equal(data.outputs[2, :, 0], fields[1, 1].ravel())
    np.testing.assert_array_equal(data.inputs[3, :, 1:], velocity[1, 1].reshape(-1, 2))
    assert data.trajectory.tolist() == [0, 0, 1, 1]
    assert len(np.unique(data.groups)) == 2


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("own.npy", b"\x93NUMPY\x01\x00", r"a single array .*import numpy.*np.savez"),
        ("own.pkl", b"\x80\x04pickled", "a pickled object.*which runs what is in it"),
        ("own.parquet", b"PAR1....", "a Parquet file.*read_parquet"),
        ("own.vtu", b"<?xml version='1.0'?>", "an XML file.*meshio"),
        ("own.mat", b"MATLAB 5.0 MAT-file, ...".ljust(128) + b"xx", "a MATLAB file .* damaged"),
        ("own.nc", b"CDF\x01" + bytes(5), "a netCDF file .* damaged"),
        ("own.pt", b"\x80\x02\x8a\nl\xfc torch", "a PyTorch file .* damaged"),
        ("own.npz", b"nothing", "damaged or not an .npz"),
        ("own.csv", b"sample,x,a,u\n0,0.0,1\n", "line 2 has 3 cells, expected 4"),
        ("own.csv", b"sample,x,a,u\n0,0.0,one,2\n", "line 2 holds '0,0.0,one,2', expected numbers"),
        ("own.csv", b"time,a\n0,1\n", "with the columns time, a, expected sample, x"),
        ("own.csv", b"sample,x,a,u\n0,0,1,2\n0,1,1,2\n1,0,1,2\n1,3,1,2\n", "samples are on different points"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises((FileError, DataError), match=re.compile(words, re.DOTALL)) as caught:
        load_data(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_damaged_and_hostile_files_are_refused_before_memory_is_taken(tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "own.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(FileError, match="an HDF5 file .* damaged"):
        load_data(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("a", shape=(10**6, 10**5), chunks=(1, 10), dtype="f8")
    with pytest.raises(FileError, match="claims 800000000000 bytes"):
        load_data(path)
    with h5py.File(path, "w") as file:
        file["a"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(FileError, match="a is a link"):
        load_data(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("a", (4,), "f8", external=[(str(tmp_path / "own.raw"), 0, 32)])
    with pytest.raises(FileError, match="held by other files"):
        load_data(path)


def test_a_torch_file_of_more_than_tensors_runs_nothing(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    torch.save({"x": Hostile()}, tmp_path / "own.pt")
    with pytest.raises(FileError, match="holds more than tensors"):
        load_data(tmp_path / "own.pt")
    assert not (tmp_path / "ran").exists()
    torch.save({"x": torch.ones(1).expand(10**6, 10**6)}, tmp_path / "own.pt")
    with pytest.raises(FileError, match="claims"):
        load_data(tmp_path / "own.pt")


def test_without_the_package_hdf5_names_what_to_install(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(contents.importlib, "import_module", missing)
    (tmp_path / "own.h5").write_bytes(kinds.HDF5 + bytes(8))
    with pytest.raises(FileError, match=r"to read it: pip install 'sciml\[io\]'"):
        load_data(tmp_path / "own.h5")

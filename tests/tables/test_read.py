"""Tables written and read back: the same numbers, the same types."""

import bz2
import gzip
import io
import lzma
import os
import threading
import zipfile

import numpy as np
import pandas as pd
import pytest

from sciml.errors import FileError
from sciml.tables.columns.schema import Schema
from sciml.tables.files.read import read_remarked, read_table
from sciml.tables.files.write import write_table

N = 30


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(N) * 10.0 ** rng.integers(-300, 300, N)
    cells = {"x": x, "größe (cm)": rng.random(N), "k": rng.integers(-9, 9, N)}
    return pd.DataFrame({**cells, "c": rng.choice(["a,b", 'q"q', "ü; x"], N), "yes": rng.random(N) < 0.5})


@pytest.mark.parametrize("name", ["t.csv", "with space ü.csv", "t.parquet", "t.txt"])
def test_what_was_written_is_read(table, tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    write_table(table, tmp_path / name)
    again = read_table(tmp_path / name)
    assert list(again.columns) == list(table.columns)
    for column in table.columns:
        assert (again[column].to_numpy() == table[column].to_numpy()).all()
    kinds = [c.kind.name for c in Schema.infer(again).columns]
    assert kinds == ["real", "real", "integer", "categorical", "categorical"]
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_pieces_are_one_table(table, tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    write_table((table[i : i + 7] for i in range(0, N, 7)), tmp_path / name)
    again = read_table(tmp_path / name)
    assert (again["x"].to_numpy() == table["x"].to_numpy()).all()


def test_an_open_file_is_written(table):
    out = io.StringIO()
    write_table(table[["k"]], out)
    assert out.getvalue().split("\n")[:2] == ["k", str(table["k"][0])]


def zipped(data):
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("inside/t.csv", data)
        return file.getvalue()


PLAIN = "a,b,c\n1.5,2,x\n-0.25,3,y\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", ";").replace(".", ",").encode(),
        PLAIN.replace(",", "\t").replace(".", ",").encode(),
        PLAIN.rstrip("\n").encode(),
        (PLAIN + "\n\n").encode(),
        PLAIN.replace(",", ", ").encode(),
        PLAIN.replace("x", '"x"').encode(),
    ],
    ids=[
        "plain",
        "mark",
        "crlf",
        "cr",
        "semicolon",
        "tab",
        "comma",
        "tab comma",
        "end",
        "blank",
        "space",
        "quote",
    ],
)
def test_dialects(data, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    table = read_table(path)
    assert list(table.columns) == ["a", "b", "c"]
    assert table["a"].tolist() == [1.5, -0.25]
    assert table["b"].tolist() == [2, 3]
    assert table["c"].tolist() == ["x", "y"]
    assert [str(table[name].dtype) for name in "ab"] == ["float64", "int64"]


def test_missing_cells(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,c,d\n1,,x,1.5\n,NA,,2.5\n3,4,z,\n")
    table = read_table(path)
    assert table.isna().sum().tolist() == [1, 2, 1, 1]
    assert [str(each) for each in table.dtypes][:2] == ["Int64", "Int64"]


def test_one_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n\n3\n")
    assert read_table(path)["a"].isna().tolist() == [False, True, False]


def test_numbers_are_exact(tmp_path):
    path = tmp_path / "t.csv"
    numbers = np.random.default_rng(1).random(200)
    path.write_text("a\n" + "\n".join(map(repr, numbers.tolist())))
    assert (read_table(path)["a"].to_numpy() == numbers).all()


def test_a_failed_write_leaves_the_old_file(table, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")

    def pieces():
        yield table
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match="cannot be written .No space left"):
        write_table(pieces(), path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["t.csv"]


def test_where_nothing_can_be_written(table, tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        write_table(table, tmp_path)
    with pytest.raises(FileError, match="cannot be written"):
        write_table(table, tmp_path / "nowhere" / "t.csv")


def test_a_pipe_is_read_from_its_first_byte(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("a,b\n1,2\n3,4\n",))
    writer.start()
    table = read_table(pipe)
    writer.join()
    assert table.to_dict("list") == {"a": [1, 3], "b": [2, 4]}


OTHERS = PLAIN.replace("x", "ü")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(OTHERS.encode()),
        bz2.compress(OTHERS.encode()),
        lzma.compress(OTHERS.encode()),
        zipped(OTHERS.encode()),
        gzip.compress(OTHERS.encode("utf-16")),
        OTHERS.encode("utf-16"),
        OTHERS.encode("utf-16-be"),
        OTHERS.encode("utf-16-le"),
        OTHERS.encode("latin-1"),
        OTHERS.replace(",", "|").encode(),
        b"sep=;\n" + OTHERS.replace(",", ";").replace(".", ",").encode(),
        b'{"a": 1.5, "b": 2, "c": "\xc3\xbc"}\n\n{"c": "y", "a": -0.25, "b": 3}\n',
        b'[{"a": 1.5, "b": 2, "c": "\xc3\xbc"}, {"c": "y", "a": -0.25, "b": 3}]',
    ],
    ids=[
        "gzip",
        "bzip2",
        "xz",
        "zip",
        "gzip of utf-16",
        "utf-16",
        "be",
        "le",
        "latin-1",
        "bar",
        "sep",
        "lines",
        "json",
    ],
)
def test_other_files_are_read(data, tmp_path):
    (tmp_path / "t.csv").write_bytes(data)
    read = read_remarked(tmp_path / "t.csv")
    assert read.frame.to_dict("list") == {"a": [1.5, -0.25], "b": [2, 3], "c": ["ü", "y"]}
    assert ("latin-1" in " ".join(read.remarks)) is (data == OTHERS.encode("latin-1"))


def test_a_file_without_a_line_of_names(tmp_path):
    (tmp_path / "t.csv").write_text("1.5,x\n2.5,y\n")
    assert read_table(tmp_path / "t.csv", header=False).to_dict("list") == {
        "x0": [1.5, 2.5],
        "x1": ["x", "y"],
    }


def test_types_of_arrow_become_numbers_times_and_texts(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from decimal import Decimal

    from pyarrow import feather, parquet

    table = pa.table(
        {
            "d": pa.array([Decimal("1.25"), Decimal("2.50")], pa.decimal128(6, 2)),
            "c": pa.array(["x", "y"]).dictionary_encode(),
            "t": pa.array([0, 86_400_000], pa.timestamp("ms")),
            "day": pa.array([0, 1], pa.date32()),
            "time": pa.array([1000, 2000], pa.time32("ms")),
        }
    )
    parquet.write_table(table, tmp_path / "t.parquet")
    feather.write_feather(table, str(tmp_path / "t.feather"))
    for name in ("t.parquet", "t.feather"):
        read = read_table(tmp_path / name)
        assert read["d"].tolist() == [1.25, 2.5]
        assert read["c"].tolist() == ["x", "y"]
        assert [read[name].dtype.kind for name in ("t", "day", "time")] == ["M", "M", "m"]
        assert read["time"].dt.total_seconds().tolist() == [1.0, 2.0]

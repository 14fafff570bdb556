"""Tables written and read back: the same numbers, the same types."""

import io
import os
import threading

import numpy as np
import pandas as pd
import pytest

from sciml.errors import FileError
from sciml.tables.columns.schema import Schema
from sciml.tables.files.read import read_table
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

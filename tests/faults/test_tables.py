"""Tables no density can be fitted to or scored on: rows 8, 10 to 15, 17, 18 and 29."""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from sciml.errors import ArgumentError, ArgumentTypeError, DataError, FileError
from sciml.tables.columns.encode import encode
from sciml.tables.columns.schema import Schema
from sciml.tables.files.read import read_table
from sciml.tables.files.write import write_table

N = 200
RNG = np.random.default_rng(0)
A, B, C = RNG.standard_normal((3, N))
K = RNG.integers(0, 1000, N)
LEVELS = RNG.choice(["x", "y"], N)


def refused(message, table, kind=DataError, **options):
    with pytest.raises(kind, match=message) as caught:
        Schema.infer(table if isinstance(table, np.ndarray | list) else pd.DataFrame(table), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def spoilt(x, *cells):
    x = x.copy()
    for row, value in cells:
        x[row] = value
    return x


# 8: misspelled names


def test_a_misspelled_column_is_offered_its_neighbour():
    refused("no column 'hight'.*'height'", {"height": A, "k": K}, ArgumentError, declared={"hight": "real"})
    refused("unknown kind 'positiv'.*'positive'", {"a": A}, ArgumentError, declared={"a": "positiv"})
    refused("given: no column 'heigth'.*'height'", {"height": A, "k": K}, ArgumentError, given=["heigth"])


# 10: missing and infinite cells


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_cell_that_is_no_number(value):
    table = {"a": A, "b": spoilt(B, (17, value), (20, value))}
    refused(rf"column 'b' has {value} in row 17 .*2 missing or infinite cells in 1 columns", table)
    assert Schema.infer(pd.DataFrame(table), missing="drop").gaps == ()
    assert [c.name for c in Schema.infer(pd.DataFrame(table), missing="impute").gaps] == ["b"]


def test_missing_cells_of_other_types():
    for cells in (pd.array(K, dtype="Int64"), pd.array(LEVELS, dtype="string"), LEVELS.astype(object)):
        column = pd.Series(cells)
        column[3] = pd.NA
        refused("column 'b' has nan in row 3", {"a": A, "b": column})


def test_a_missing_cell_when_scoring():
    schema = Schema.infer(pd.DataFrame({"a": A, "b": B}))
    with pytest.raises(DataError, match="column 'b' has nan in row 2"):
        encode(pd.DataFrame({"a": [1.0] * 3, "b": [1, 2, np.nan]}), schema)


def test_nothing_left_when_rows_are_dropped():
    table = {"a": A.copy(), "b": B}
    table["a"][2:] = np.nan
    refused("2 rows and 2 columns", table, missing="drop")
    table["a"][:] = np.nan
    refused("0 row", table, missing="drop")
    refused("column 'a' has no value in any row", table, missing="impute")


# 11: degenerate columns


@pytest.mark.parametrize("cells", [np.full(N, 3.5), np.full(N, 3), np.full(N, "x"), np.full(N, True)])
def test_a_constant_column(cells):
    refused("column 'b' is constant", {"a": A, "b": cells})


@pytest.mark.parametrize("scale", [1.0, -2.5, 1e-12, 1e12])
def test_a_duplicated_column(scale):
    refused("columns 'a' and 'c' are duplicated", {"a": A, "b": B, "c": scale * A + 3.0 * scale})


def test_a_duplicated_column_in_single_precision():
    refused(
        "'a' and 'c' are duplicated", {"a": A.astype(np.float32), "b": B, "c": (7 * A).astype(np.float32)}
    )


def test_collinear_columns():
    total = refused("collinear", {"a": A, "b": B, "c": C, "total": 2 * A - 3 * C})
    assert "'a'" in total
    assert "'c'" in total
    assert "'total'" in total
    assert "'b'" not in total


def test_columns_collinear_after_their_logarithm():
    x, y = np.exp(A), np.exp(B)
    refused(
        "collinear",
        {"x": x, "y": y, "product": x * y},
        declared=dict.fromkeys("xy", "positive") | {"product": "positive"},
    )
    refused("product follows from x, y", {"x": x, "y": y, "product": x * y})


def test_columns_collinear_with_what_is_conditioned_on():
    refused("'a' and 'k' are duplicated", {"a": 0.5 * K, "k": K, "b": B})
    refused("collinear", {"a": A, "b": B, "c": A + B}, given=["a", "b"])
    assert Schema.infer(pd.DataFrame({"a": A, "b": 2 * A, "c": C}), given=["a", "b"])


def test_nearly_collinear_columns_are_not_refused():
    """A deviation of 1e-4 is information; outliers that share a row are no collinearity."""
    assert Schema.infer(pd.DataFrame({"a": A, "b": B, "c": A + B + 1e-4 * C}))
    assert Schema.infer(pd.DataFrame({"a": spoilt(A, (3, 1e300)), "b": spoilt(B, (3, 1e300)), "c": C}))


def test_columns_that_follow_from_others_are_refused_by_name():
    """A power, a logarithm, an exponential; products and ratios of columns above 0; sums."""
    refused("b follows from a: its density is infinite", {"a": A**3, "b": A, "c": B})
    refused("c follows from a", {"a": A, "b": B, "c": np.exp(A)})
    x, y = np.exp(A), np.exp(0.5 * B)
    refused("c follows from a, b", {"a": x, "b": y, "c": x / y})
    refused("c follows from a, b", {"a": x, "b": y, "c": x * y**2, "d": C})
    refused("are collinear.*b follows from a, c", {"a": A, "b": B, "c": A - 2 * B})
    near = Schema.infer(pd.DataFrame({"a": x, "b": y, "c": x / y * np.exp(1e-3 * C)}))
    assert any("c follows from a, b but for" in remark for remark in near.remarks)
    assert not any("follows" in remark for remark in Schema.infer(pd.DataFrame({"a": x, "b": y})).remarks)


def test_all_faults_are_in_one_message():
    cells = {
        "name": [f"row {i}" for i in range(N)],
        "a": spoilt(A, (3, np.nan)),
        "same": 1.0,
        "b": B,
        "c": 2 * B,
    }
    message = refused("4 faults: .*'a' has nan in row 3", cells)
    assert "'name' has 200 different texts" in message
    assert "'same' is constant" in message
    assert "c follows from b" in message
    assert message.endswith(
        "use FlowDensity(missing='impute').fit(table.drop(columns=['name', 'same', 'c']))"
    )


def test_what_is_suspicious_is_remarked_on():
    t = np.where(np.arange(N) % 20 == 0, -999.0, A)
    cells = {"id": np.arange(N) + 1000, "t": t, "r": np.round(B, 1), "few": (np.arange(N) // 3).astype(str)}
    cells["few"] = "n" + pd.Series(cells["few"])
    remarks = " ".join(Schema.infer(pd.DataFrame(cells)).remarks)
    assert "'id' holds another whole number in every row, like an id" in remarks
    assert "-999 in 10 rows, far from the rest: a mark for missing?" in remarks
    assert "'r' is rounded to 0.1" in remarks
    assert "'few' has 67 different texts in 200 rows" in remarks
    copies = pd.DataFrame({"a": np.repeat(A[:50], 4), "b": np.repeat(B[:50], 4)})
    assert "150 of 200 rows are copies" in " ".join(Schema.infer(copies).remarks)
    assert Schema.infer(pd.DataFrame({"a": A, "b": B})).remarks == ()


def test_outliers_hide_no_collinearity():
    refused("'a' and 'c' are duplicated", {"a": spoilt(A, (3, 1e9)), "b": B, "c": 2 * spoilt(A, (3, 1e9))})


def test_a_duplicated_column_with_missing_cells():
    table = {"a": spoilt(A, (1, np.nan)), "b": B, "c": spoilt(A, (9, np.nan))}
    refused("'a' and 'c' are duplicated", table, missing="impute")


def test_point_masses():
    half = np.where(np.arange(N) % 3 > 0, 0.0, B)
    point = r"'b' is 0 in 133 of 200 rows: a point mass.*declare b=categorical"
    refused(point, {"a": A, "b": half}, declared={"b": "real"})
    assert Schema.infer(pd.DataFrame({"a": A, "b": half})).columns[1].kind.name == "hurdle"
    refused(
        "'b' has only 7 different values in 200 rows.*declare b=categorical, or",
        {"a": A, "b": np.arange(N) % 7 / 4},
    )
    refused("declare b=integer or b=categorical", {"a": A, "b": np.arange(N) % 7 * 1.0})
    assert Schema.infer(pd.DataFrame({"a": A, "b": np.where(np.arange(N) % 4 > 2, 0.0, B)}))
    assert Schema.infer(pd.DataFrame({"a": A, "b": np.round(B, 1)}))
    assert Schema.infer(pd.DataFrame({"a": A, "b": np.arange(N) % 7}))


# 12: texts among numbers


def test_text_in_a_column_of_numbers():
    cells = K.astype(str).astype(object)
    cells[5] = "many"
    refused("'b' has 'many' in row 5 .*expected a number.*b=categorical", {"a": A, "b": cells})
    refused("'b' has 'many' in row 5", {"a": A, "b": cells}, declared={"b": "real"})
    cells = K.astype(object)
    cells[7] = "?"
    refused(r"'b' has '\?' in row 7", {"a": A, "b": cells})
    refused("'b' has 'x' in row|'b' has 'y' in row", {"a": A, "b": LEVELS}, declared={"b": "integer"})
    schema = Schema.infer(pd.DataFrame({"a": A, "b": B}))
    with pytest.raises(DataError, match="'b' has 'low' in row 1 .*expected a number"):
        encode(pd.DataFrame({"a": [1.0, 2.0], "b": ["3", "low"]}), schema)


def test_a_declared_category_may_hold_anything():
    cells = np.where(np.arange(N) % 2, "1", "many")
    schema = Schema.infer(pd.DataFrame({"a": A, "b": cells}), {"b": "categorical"})
    assert schema.discrete[0].kind.levels == ("1", "many")


def test_columns_that_are_no_data():
    refused("'b' has 200 different texts", {"a": A, "b": [f"row {i}" for i in range(N)]})
    refused("'b' holds datetime64", {"a": A, "b": pd.date_range("2020", periods=N)}, declared={"b": "real"})
    refused(
        "'b' has 1200 levels",
        {"a": np.arange(1300.0) ** 2, "b": np.arange(1300) % 1200},
        declared={"b": "categorical"},
    )
    refused("'b' has .* expected whole numbers", {"a": A, "b": B}, declared={"b": "integer"})
    refused("'b' has 1e.17 in row 0 .*whole numbers", {"a": A, "b": K + 10**17})
    refused("'b' has .* expected numbers above 0", {"a": A, "b": B}, declared={"b": "positive"})
    refused(
        r"'b' has 0 in row 3 .*within \(0, 1\)",
        {"a": A, "b": spoilt(RNG.random(N), (3, 0.0))},
        declared={"b": "bounded(0,1)"},
    )


# 13: too few rows


def test_too_few_rows():
    refused("0 row", np.zeros((0, 3)))
    refused("1 row.*at least 2", np.ones((1, 3)))
    refused("4 rows and 5 columns", np.ones((4, 5)))
    refused("5 rows and 5 columns", np.ones((5, 5)))


# 14 and 17: names


def test_one_name_twice():
    refused("two columns named 'a'", pd.DataFrame(np.zeros((9, 2)), columns=["a", "a"]))


# 15: arrays of other shapes and types


def test_what_is_no_table():
    refused("Expected 2D array", np.zeros(9))
    refused("Expected 2D array", np.zeros((3, 3, 3)))
    refused("Complex data not supported", np.zeros((9, 2), complex))
    refused("0 feature", np.zeros((9, 0)))
    refused("rows of one length", [[1.0, 2.0], [3.0]])
    cells = np.column_stack([A, B]).astype(object)
    cells[3, 1] = {"a": 1}
    with pytest.raises(ArgumentTypeError, match="column 'x1', row 3: argument must be a string or a number"):
        Schema.infer(cells)
    with pytest.raises(ArgumentTypeError, match="sparse"):
        Schema.infer(csr_matrix(np.eye(5)))


# 17: files


FILES = [
    (b"", "is empty"),
    (b"\n\n  \n", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"a,b,c\n", "no row below"),
    (b"a,b,c\n1,2,3\n4,5\n", "line 3 has 2 cells, line 1 names 3 columns"),
    (b"a,b,c\n1,2,3\n4,5,6,7\n", "line 3 has 4 cells"),
    (b"\xef\xbb\xbfa;b\n1;2\n4\n", "line 3 has 1 cells"),
    (b'a,b\n"x\ny",2\n"z",3,4\n', "line 4 has 3 cells"),
    (b"a,b,a\n1,2,3\n", "line 1 names two columns 'a'"),
    (b",a,b\n0,1,2\n", "column 1 has no name"),
    (b'a,b\n"1,2\n' + b"3,4\n" * 50_000, "is a quote left open"),
    (b"1.5,2.5\n3,4\n", "line 1 holds numbers"),
    (b"a,b\n1,2\n\x01\xfe,3\n", "line 3 has a control character"),
    ("a,b\n1,2\n".encode("utf-16")[:-3] + b"\xd8\xd8\xd8", "is no UTF-16"),
    (b"(\xb5/\xfd0123", "compressed by zstandard"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b'{"a": 1}\n{"a": [1]}\n', "line 2 has a list in 'a'"),
    (b'{"a": 1}\nb\n', "line 2 is not JSON"),
    (b"a,b\n1,\x002\n", "line 2 has a zero byte"),
]


@pytest.mark.parametrize(("data", "message"), FILES, ids=[message for _, message in FILES])
def test_files_that_hold_no_table(data, message, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_table(tmp_path / "t.csv")
    with pytest.raises(FileError, match="is a folder"):
        read_table(tmp_path)
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(FileError, match="not a Parquet table"):
        read_table(tmp_path / "t.parquet")


# 18: values the fit holds for impossible


def test_unseen_categories_are_marked_or_refused():
    schema = Schema.infer(pd.DataFrame({"a": A, "b": LEVELS}))
    table = pd.DataFrame({"a": [0.0, 0.0], "b": ["x", "z"]})
    assert encode(table, schema).supported.tolist() == [True, False]
    with pytest.raises(DataError, match="column 'b' has 'z' in row 1"):
        encode(table, schema, unseen="error")


# 29: without pyarrow


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    table = pd.DataFrame({"a": A})
    (tmp_path / "t.parquet").write_bytes(b"PAR1, never opened")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        FileError, match=r't.parquet: reading Parquet needs pyarrow: pip install "sciml\[io\]"'
    ):
        read_table(tmp_path / "t.parquet")
    with pytest.raises(
        FileError, match=r't.parquet: writing Parquet needs pyarrow: pip install "sciml\[io\]"'
    ):
        write_table(table, tmp_path / "t.parquet")

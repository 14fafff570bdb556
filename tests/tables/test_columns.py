"""Kinds of columns, found and declared; schemas that survive JSON."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, ArgumentTypeError, FileError
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.decode import decode
from sciml.tables.columns.encode import encode
from sciml.tables.columns.frames import as_frame, without_gaps
from sciml.tables.columns.kinds import KINDS, declared_kinds, kind_of
from sciml.tables.columns.real import Real
from sciml.tables.columns.schema import Schema
from sciml.tables.fitting import fit_table
from sciml.tables.judging.judge import judge
from sciml.tables.real.search_space import SearchSpace

N = 60


def frame(**more):
    rng = np.random.default_rng(0)
    cells = {
        "length": rng.standard_normal(N),
        "age": rng.integers(0, 90, N),
        "color": rng.choice(["red", "green", "blue"], N),
        "alive": rng.random(N) < 0.5,
        "size": pd.Categorical(rng.choice(["S", "M"], N), categories=["S", "M", "XXL"]),
    }
    return pd.DataFrame({**cells, **more})


def test_kinds_are_found():
    schema = Schema.infer(frame())
    assert {c.name: c.kind.name for c in schema.columns} == {
        "length": "real",
        "age": "integer",
        "color": "categorical",
        "alive": "categorical",
        "size": "categorical",
    }
    assert [c.name for c in schema.real] == ["length"]
    assert [c.name for c in schema.discrete] == ["age", "color", "alive", "size"]
    levels = {c.name: c.kind.levels for c in schema.discrete if c.kind.levels_count}
    assert levels["color"] == ("blue", "green", "red")
    assert levels["alive"] == (False, True)
    assert levels["size"] == ("M", "S")


def test_nullable_types_are_what_they_hold():
    table = frame().convert_dtypes()
    assert [c.kind for c in Schema.infer(table).columns] == [c.kind for c in Schema.infer(frame()).columns]


def test_kinds_are_declared():
    table = frame(rate=np.random.default_rng(1).random(N), dose=np.random.default_rng(2).random(N) + 1)
    declared = {"rate": "bounded(0, 1)", "dose": "positive", "age": "real", "alive": "categorical"}
    kinds = {c.name: c.kind for c in Schema.infer(table, declared).columns}
    assert (kinds["rate"].low, kinds["rate"].high) == (0.0, 1.0)
    assert kinds["dose"].name == "positive"
    assert kinds["dose"].supported(np.array([-np.inf, 0.0, 1e-300, 1e300, np.inf])).tolist() == [
        False, False, True, True, False
    ]  # fmt: skip
    assert kinds["age"].name == "real"
    texts = [f"{name}={kind}" for name, kind in declared.items()]
    assert Schema.infer(table, texts) == Schema.infer(table, declared)


@pytest.mark.parametrize("text", ["bounded(0,1)", "bounded:0:1", "bounded( 0 , 1.0 )", "bounded:0:1e0"])
def test_bounds_are_read(text):
    assert kind_of(text, "rate") == kind_of("bounded(0,1)", "rate")


def test_a_kind_declares_itself():
    rate = np.random.default_rng(1).random(N)
    schema = Schema.infer(frame(rate=rate), {"rate": Bounded(-1.0, 2.0)})
    assert schema == Schema.infer(frame(rate=rate), {"rate": "bounded(-1,2)"})
    assert schema.real[-1].kind == Bounded(-1.0, 2.0)


class Halves(Real):
    """Numbers that tests of draws compare by halves."""

    def compared(self, cells):
        return (2 * cells).astype(int)


def test_a_kind_says_what_tests_of_draws_compare():
    table = frame()[["age", "length"]]
    schema = Schema.infer(table, {"length": Halves()}, given=["age"])
    compared = schema.compared(table)
    assert compared["length"].tolist() == (2 * table["length"]).astype(int).tolist()
    assert compared["age"].equals(table["age"])
    assert list(schema.compared(table[["length"]])) == ["length"]
    fitted = fit_table(table, schema, SearchSpace(quick=True, max_steps=2), Monitor())
    judgement = judge(fitted, table, 0)
    assert judgement.holdout["length"].dtype == judgement.draws["length"].dtype == int


def test_the_page_of_tables_has_a_row_for_every_kind():
    page = (Path(__file__).parents[2] / "docs" / "tables.md").read_text()
    assert re.findall(r"^\| `([^`]*)` \| ", page, re.MULTILINE)[: len(KINDS)] == [
        k.form for k in KINDS.values()
    ]


def test_numbers_declared_of_a_category_are_drawn_as_numbers():
    """What the categories were is not known to a column of numbers: none of its draws is lost."""
    codes = pd.Categorical(np.arange(N) % 7)
    schema = Schema.infer(frame(code=codes), {"code": "integer"})
    rows = encode(frame(code=codes), schema)
    assert decode(rows.x, rows.discrete, schema)["code"].tolist() == list(codes)


def test_a_name_may_hold_an_equals_sign():
    assert list(declared_kinds(["a=b=integer"])) == ["a=b"]


def test_integers_stay_integers():
    """Two whole numbers, or many, are a column of integers; whole reals are reals, with a remark."""
    whole = np.repeat(np.arange(20.0), 4)
    other = np.random.default_rng(0).standard_normal(80)
    schema = Schema.infer(pd.DataFrame({"x": whole, "y": other, "k": np.arange(80) % 2}))
    assert [c.kind.name for c in schema.columns] == ["real", "real", "integer"]
    assert len(schema.remarks) == 1
    assert "declare x=integer" in schema.remarks[0]


def test_a_skewed_column_is_remarked_upon():
    x = np.exp(3 * np.random.default_rng(0).standard_normal(80))
    assert "declare a=positive" in Schema.infer(pd.DataFrame({"a": x})).remarks[0]


def test_given_columns_are_only_conditioned_on():
    table = frame()
    schema = Schema.infer(table, given=["age", "color"])
    assert [c.name for c in schema.given] == ["age", "color"]
    assert "age" not in [c.name for c in schema.discrete]
    assert schema.context_features == 4
    assert [c.given for c in schema.columns] == [False, True, True, False, False]


def test_degenerate_given_columns_are_welcome():
    """Twice the same column may be conditioned on; a density that follows from it may not be fitted."""
    table = frame()
    table["double"] = 2 * table["length"]
    table["third"] = np.random.default_rng(5).standard_normal(N)
    Schema.infer(table, given=["double", "length"])


def test_policies():
    table = frame()
    table.loc[[3, 5], "length"] = np.nan
    table.loc[7, "color"] = None
    dropped, count = without_gaps(table)
    assert (len(dropped), count) == (N - 3, 3)
    assert Schema.infer(table, missing="drop").gaps == ()
    schema = Schema.infer(table, missing="impute")
    assert [c.name for c in schema.gaps] == ["length", "color"]
    commonest = table["color"].value_counts().idxmax()
    color = next(c for c in schema.columns if c.name == "color")
    assert color.kind.levels[color.fill] == commonest


def test_whole_numbers_with_missing_cells():
    table = frame()
    table["age"] = table["age"].astype("Int64").mask(np.arange(N) % 7 == 0)
    schema = Schema.infer(table, missing="impute")
    assert [c.kind.name for c in schema.columns if c.name == "age"] == ["integer"]


def test_schemas_survive_json():
    table = frame()
    table.loc[3, "length"] = np.nan
    schema = Schema.infer(table, {"age": "integer"}, given=["age"], missing="impute")
    again = Schema.from_values(json.loads(json.dumps(schema.values())))
    assert (again.columns, again.missing) == (schema.columns, schema.missing)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: v.pop("missing"),
        lambda v: v.update(missing="guess"),
        lambda v: v.update(columns=[]),
        lambda v: v.update(columns=7),
        lambda v: v["columns"][0].update(kind="pickle"),
        lambda v: v["columns"][0].update(name=["x"]),
        lambda v: v["columns"][0].update(scale=0.0),
        lambda v: v["columns"][0].update(low=1e400),
        lambda v: v["columns"][0].update(levels=["a"]),
        lambda v: v["columns"][0].update(kind="bounded", low=1.0, high=0.0),
        lambda v: v["columns"][2].update(levels=list(range(10**4))),
        lambda v: v["columns"][2].update(levels=[[1], [2]]),
        lambda v: v["columns"][2].update(fill=99),
        lambda v: v["columns"][0].update(code="print()"),
        lambda v: v["columns"].append(v["columns"][0]),
    ],
)
def test_a_damaged_description_is_refused(spoil):
    values = Schema.infer(frame()).values()
    spoil(values)
    with pytest.raises(FileError, match="does not describe a table"):
        Schema.from_values(values)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (["agee=integer"], "no column 'agee' in the table: did you mean 'age'"),
        (["age=integr"], "unknown kind 'integr': did you mean 'integer'"),
        (["age"], "NAME=KIND"),
        (["=integer"], "NAME=KIND"),
        (["age=integer", "age=real"], "declared twice"),
        (["length=bounded"], "two finite numbers"),
        (["length=bounded(1,0)"], "two finite numbers"),
        (["length=bounded(0,inf)"], "two finite numbers"),
        (["length=bounded(0,1,2)"], "two finite numbers"),
        (["length=real(0,1)"], "takes no parameters"),
    ],
)
def test_wrong_declarations(declared, message):
    with pytest.raises(ArgumentError, match=message):
        Schema.infer(frame(), declared)


def test_wrong_arguments():
    with pytest.raises(ArgumentError, match="did you mean 'drop'"):
        Schema.infer(frame(), missing="dropp")
    with pytest.raises(ArgumentError, match="given: no column 'colour'.*did you mean 'color'"):
        Schema.infer(frame(), given=["colour"])
    with pytest.raises(ArgumentError, match="names every column"):
        Schema.infer(frame()[["age"]], given=["age"])
    with pytest.raises(ArgumentTypeError, match="kind must be text"):
        Schema.infer(frame(), {"age": 3})


def test_arrays_are_tables():
    x = np.random.default_rng(0).standard_normal((9, 2))
    assert list(as_frame(x).columns) == ["x0", "x1"]
    assert [c.name for c in Schema.infer(x).columns] == ["x0", "x1"]
    assert Real().supported(np.array([-np.inf, -1e308, 1e308, np.inf])).tolist() == [False, True, True, False]


def test_frames_of_polars_are_read_and_lazy_ones_refused_by_name():
    pl = pytest.importorskip("polars")
    table = pl.from_pandas(frame())
    kinds = {c.name: c.kind.name for c in Schema.infer(table).columns}
    assert (kinds["length"], kinds["age"]) == ("real", "integer")
    with pytest.raises(ArgumentTypeError, match="a polars LazyFrame.*collect"):
        Schema.infer(table.lazy())

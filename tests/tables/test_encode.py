"""Rows as numbers and back: exact log-determinants, the same answer for the same numbers."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sciml.errors import ArgumentError, DataError
from sciml.tables.arrays import compressed
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.decode import decode
from sciml.tables.columns.encode import encode
from sciml.tables.columns.positive import Positive
from sciml.tables.columns.real import Real
from sciml.tables.columns.schema import Schema

KINDS = [Real(), Positive(), Bounded(-2.0, 5.0)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_log_determinants_are_derivatives(kind):
    x = np.linspace(0.1, 4.9, 50)
    step = 1e-6
    slope = (kind.unbounded(x + step)[0] - kind.unbounded(x - step)[0]) / (2 * step)
    assert_allclose(kind.unbounded(x)[1], np.log(slope), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_round_trips(kind):
    y = np.linspace(-15, 15, 101)
    assert_allclose(kind.unbounded(kind.bounded_again(y))[0], y, atol=1e-8)
    far = kind.bounded_again(np.array([-1e5, 1e5, -1e300, 1e300]))
    low, high = {"real": (-np.inf, np.inf), "positive": (0.0, np.inf), "bounded": (-2.0, 5.0)}[kind.name]
    assert ((far > low) & (far < high)).all()
    assert kind.supported(far).all()
    assert np.isfinite(far).all()
    assert all(np.isfinite(part).all() for part in kind.unbounded(far))


def test_a_density_in_the_units_of_the_file(made):
    """The normal density of the logit, carried to the file's units, integrates to one."""
    x = np.linspace(2, 3, 20_001)[1:-1]
    y, log_det = Bounded(2.0, 3.0).unbounded(x)
    density = np.exp(-0.5 * y**2 + log_det) / np.sqrt(2 * np.pi)
    assert np.trapezoid(density, x) == pytest.approx(1.0, abs=1e-6)
    assert np.trapezoid(np.exp(-0.5 * y**2 - log_det) / np.sqrt(2 * np.pi), x) < 0.5  # the wrong sign shows


def test_rows_survive(made):
    table = made(500, 0)
    schema = Schema.infer(table.frame, table.declared)
    rows = encode(table.frame, schema)
    again = decode(rows.x, rows.discrete, schema)
    assert list(again.columns) == list(table.frame.columns)
    assert (again.dtypes == table.frame.dtypes).all()
    for name in table.frame.columns:
        if table.frame[name].dtype == float:
            assert_allclose(again[name], table.frame[name], rtol=1e-12)
        else:
            assert_array_equal(again[name], table.frame[name])
    assert rows.supported.all()
    slopes = [c.kind.unbounded(table.frame[c.name].to_numpy())[1] for c in schema.real]
    assert_allclose(rows.log_det, sum(slopes))


def test_types_survive():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "f": rng.standard_normal(40).astype(np.float32),
            "i": rng.integers(0, 9, 40).astype(np.int8),
            "u": pd.array(rng.integers(0, 9, 40), dtype="UInt16"),
            "b": rng.random(40) < 0.5,
            "c": pd.Categorical(rng.choice(["x", "y"], 40)),
            "s": rng.choice(["p", "q"], 40),
            "n": pd.array(rng.random(40) < 0.5, dtype="boolean"),
        }
    )
    schema = Schema.infer(table)
    rows = encode(table, schema)
    again = decode(rows.x, rows.discrete, schema)
    assert [str(each) for each in again.dtypes] == [str(each) for each in table.dtypes]
    assert (again == table).all().all()
    wide = decode(rows.x, rows.discrete + 1000 * (np.arange(7)[1:] < 3), schema)
    assert wide["i"].max() > 1000  # not wrapped around


def same(a, b):
    for name in ("x", "log_det", "discrete", "missing_discrete", "context", "supported"):
        assert_array_equal(getattr(a, name), getattr(b, name))


def test_columns_are_found_by_name(made):
    table = made(200, 0)
    schema = Schema.infer(table.frame, table.declared, given=["shape"])
    rows = encode(table.frame, schema)
    other = table.frame[table.frame.columns[::-1]]
    same(rows, encode(pd.concat([pd.DataFrame({"more": np.arange(200)}), other], axis=1), schema))
    with pytest.raises(DataError, match="lacks column 'count'"):
        encode(table.frame.drop(columns="count"), schema)
    with pytest.raises(DataError, match="lacks column 'count'.*did you mean 'Count'"):
        encode(table.frame.rename(columns={"count": "Count"}), schema)


def arrays():
    x = np.random.default_rng(0).integers(0, 50, (80, 3)).astype(np.float32) / 8
    locked = x.copy()
    locked.setflags(write=False)
    yield from (x, x.astype(float), np.asfortranarray(x), locked, np.repeat(x, 2, 0)[::2], x.astype(object))
    yield from (
        x.tolist(),
        pd.DataFrame(x, columns=["x0", "x1", "x2"]),
        pd.DataFrame(x, columns=["x0", "x1", "x2"]).astype(str),
    )


def test_the_same_numbers_give_the_same_answer():
    first, *others = arrays()
    schema = Schema.infer(first)
    for other in others:
        same(encode(first, schema), encode(other, schema))
    with pytest.raises(DataError, match="2 columns, expected 3"):
        encode(first[:, :2], schema)


@pytest.mark.parametrize(
    "dtype", [bool, np.int8, np.uint64, np.float32, float, object, "Int64", "boolean", "category"]
)
def test_truth_values_and_whole_numbers_are_the_same_levels(dtype):
    yes = np.arange(20) % 2 == 0
    schema = Schema.infer(pd.DataFrame({"a": yes, "b": np.arange(20.0) ** 2}))
    rows = encode(pd.DataFrame({"a": pd.Series(yes).astype(dtype), "b": 0.0}), schema)
    assert_array_equal(rows.discrete[:, 0], yes)
    assert rows.supported.all()


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, float, object, str, "Int64", "category"])
def test_whole_numbers_of_any_type(dtype):
    k = np.arange(40) % 7
    schema = Schema.infer(pd.DataFrame({"a": k, "b": np.arange(40.0) ** 2}))
    rows = encode(pd.DataFrame({"a": pd.Series(k).astype(dtype), "b": 0.0}), schema)
    assert_array_equal(rows.discrete[:, 0], k)


def test_what_lies_outside_is_marked(made):
    table = made(200, 0)
    schema = Schema.infer(table.frame, table.declared)
    rows = table.frame.head(8).astype({"count": float, "visits": float}).copy()
    rows.loc[0, "dose"] = 0.0
    rows.loc[1, "share"] = 1.0
    rows.loc[2, "group"] = "east"
    rows.loc[3, "count"] = 1.5
    rows.loc[4, "count"] = -3.0
    rows.loc[5, "count"] = 1e300
    rows.loc[6, "height"] = 1e300
    found = encode(rows, schema)
    assert_array_equal(found.supported, [False, False, False, False, True, False, True, True])
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.log_det).all()
    with pytest.raises(DataError, match="column 'dose' has .*0.0.* in row 0 .*5 such rows"):
        encode(rows, schema, unseen="error")
    with pytest.raises(ArgumentError, match="unseen"):
        encode(rows, schema, unseen="ignore")


def test_missing_cells_are_context(made):
    table = made(500, 0, gaps=0.3)
    schema = Schema.infer(table.frame, table.declared, given=["group"], missing="impute")
    rows = encode(table.frame, schema)
    no_height, no_visits = table.frame["height"].isna(), table.frame["visits"].isna()
    assert_array_equal(np.isnan(rows.x[:, 0]), no_height)
    assert not np.isnan(rows.x[:, 1:]).any()
    assert_array_equal(rows.missing_discrete[:, -1], no_visits)
    assert not rows.missing_discrete[:, :-1].any()
    assert_array_equal(
        rows.context[:, :3].argmax(1), table.frame["group"].map({"north": 0, "south": 1, "west": 2})
    )
    assert_array_equal(rows.context[:, 3:], np.stack([no_height, no_visits], 1))
    assert (rows.discrete[no_visits, -1] == table.frame["visits"].mode()[0]).all()
    assert rows.supported.all()
    assert np.isfinite(rows.log_det).all()


def test_given_numbers_are_standardised():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": 1e6 + 1e3 * rng.standard_normal(500), "y": rng.standard_normal(500)})
    schema = Schema.infer(table, given=["x"])
    context = encode(table, schema).context[:, 0]
    assert abs(np.median(context)) < 1e-9
    assert context.std() == pytest.approx(1, abs=0.2)
    far = encode(pd.DataFrame({"x": [1e300, -1e300, 1e308], "y": 0.0}), schema).context
    assert np.isfinite(far).all()
    assert np.abs(far).max() < 1000


def test_compression_keeps_order_and_slope():
    z = np.linspace(-30, 30, 6001)
    y = compressed(z)
    assert (np.diff(y) > 0).all()
    assert_array_equal(y[np.abs(z) <= 8], z[np.abs(z) <= 8])
    assert compressed(np.array([8.001]))[0] == pytest.approx(8.001, abs=1e-6)


def test_no_rows():
    schema = Schema.infer(np.random.default_rng(0).standard_normal((9, 2)))
    rows = encode(np.zeros((0, 2)), schema)
    assert rows.x.shape == (0, 2)
    assert len(decode(rows.x, rows.discrete, schema)) == 0


def test_given_columns_are_passed_through(made):
    table = made(100, 0)
    schema = Schema.infer(table.frame, table.declared, given=["group", "dose"])
    rows = encode(table.frame, schema)
    assert list(decode(rows.x, rows.discrete, schema, table.frame).columns) == list(table.frame.columns)
    assert list(decode(rows.x, rows.discrete, schema).columns) == [
        "height",
        "count",
        "share",
        "shape",
        "visits",
    ]

"""A density put to use: unusual rows and why, pieces of large tables, synthetic rows beside real ones."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from sciml.errors import ArgumentError, DataError, FileError
from sciml.flows import FlowDensity
from sciml.tables.columns.encode import encode
from sciml.tables.columns.schema import Schema
from sciml.tables.files import stream
from sciml.tables.files.stream import pieces_of
from sciml.tables.files.write import write_table
from sciml.tables.judging.twins import compare_tables
from sciml.tables.model import TableDensity
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity, Scale
from sciml.tables.sampling import Wanted, scored, share_of
from sciml.tables.stored import write_density

N = 2000


def table(n=N, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(n)
    return pd.DataFrame(
        {"a": a, "b": 5 + 0.9 * a + 0.3 * rng.standard_normal(n), "c": rng.standard_normal(n)}
    )


@pytest.fixture(scope="module")
def density():
    """The normal density of the table, by moments: nothing is trained."""
    rows = table()
    schema = Schema.infer(rows)
    x = encode(rows, schema).x
    scale, candidate = Scale.fit(x), Candidate("gaussian", bend=False)
    flow = candidate.start(torch.from_numpy(scale.inward(x)), torch.zeros(N, 0).double(), 0)[1]
    whole = TableDensity(schema, None, RealDensity([candidate], [flow], scale, None))
    whole.remember(whole.log_prob(rows))
    return whole.eval()


@pytest.fixture(scope="module")
def estimator(density, tmp_path_factory):
    return FlowDensity.load(write_density(density, tmp_path_factory.mktemp("density") / "d", "gaussian"))


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_as_many_training_rows_as_are_asked_for_are_unusual(estimator, share):
    labels = estimator.predict(table(), share)
    assert set(labels) == {-1, 1}
    assert (labels == -1).mean() == pytest.approx(share, abs=2 / N)
    decided = estimator.decision_function(table(), share)
    assert ((decided < 0) == (labels == -1)).all()
    with pytest.raises(ArgumentError, match="contamination"):
        estimator.predict(table(), 0)


def test_the_reason_for_a_low_score_is_the_cell_that_does_not_fit(estimator):
    odd = pd.DataFrame({"a": [0.0, 0.0, 6.0], "b": [5.0, 9.0, 10.4], "c": [0.0, 0.0, 0.0]})
    rises = estimator.reasons(odd)
    assert rises.loc[1].idxmax() == "b"
    assert rises.loc[1, "b"] > 10
    assert abs(rises.loc[1, "c"]) < 3
    assert rises.loc[0].max() < 2


def test_scores_with_kept_columns_and_flags(density):
    rows = pd.concat([table(50, 1), pd.DataFrame({"a": [0.0], "b": [20.0], "c": [0.0]})], ignore_index=True)
    found = scored(density, rows, Wanted(keep=["b"], flag=0.01))
    assert list(found) == ["b", "log_density", "percentile", "flag", "reason"]
    assert found["flag"].iloc[-1]
    assert found["reason"].iloc[-1].startswith("b +")
    assert (found["reason"] == "").equals(~found["flag"])
    with pytest.raises(ArgumentError, match="keep: no column 'bb'.*'b'"):
        scored(density, rows, Wanted(keep=["bb"]))


def test_shares_are_read():
    assert share_of("1%") == share_of("0.01") == 0.01
    for text in ("0", "60%", "one", "-1%"):
        with pytest.raises(ArgumentError, match="flag: got"):
            share_of(text)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "folder"])
def test_large_tables_come_in_pieces(tmp_path, monkeypatch, name):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(stream, "LARGE", 100)
    rows = table(250)
    if name == "folder":
        (tmp_path / name).mkdir()
        for i in range(2):
            write_table(rows.iloc[125 * i : 125 * (i + 1)], tmp_path / name / f"{i}.parquet")
    else:
        write_table(rows, tmp_path / name)
    pieces = list(pieces_of(tmp_path / name, size=100))
    assert max(map(len, pieces)) <= 100
    whole = pd.concat(pieces, ignore_index=True)
    np.testing.assert_allclose(whole.to_numpy(float), rows.to_numpy(float), rtol=1e-15)


def test_pieces_of_what_is_no_table(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        list(pieces_of(tmp_path / "t.csv"))
    with pytest.raises(FileError, match="no Parquet file"):
        list(pieces_of(tmp_path))


def test_synthetic_rows_beside_real_ones(command, tmp_path):
    real, like, other = table(600, 0), table(600, 1), table(600, 2).assign(b=lambda t: -t["b"] + 10)
    day = (pd.to_datetime("2020-01-01") + pd.to_timedelta(np.arange(600) % 300, "D")).strftime("%Y-%m-%d")
    alike, apart, same = (
        compare_tables(real.assign(day=day), rows.assign(day=day)) for rows in (like, other, real)
    )
    assert min(alike.shapes.values()) > 0.9
    assert min(alike.trends.values()) > 0.9
    assert alike.classifier == pytest.approx(0.5, abs=0.06)
    assert apart.classifier > 0.9
    assert apart.trends["a, b"] < 0.2
    assert alike.nearness.synthetic == pytest.approx(alike.nearness.real, rel=0.25)
    assert same.nearness.copies == pytest.approx(0.5, abs=0.1)
    assert alike.nearness.copies == 0
    for name, rows in (("real", real), ("like", like)):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    ran = command("flow", "compare-tables", tmp_path / "real.csv", tmp_path / "like.csv")
    assert ran.code == 0
    assert "this is not privacy" in ran.out
    ran = command("flow", "compare-tables", tmp_path / "real.csv", tmp_path / "like.csv", "--json")
    assert json.loads(ran.out)["column_shapes"]["a"] == pytest.approx(alike.shapes["a"])
    with pytest.raises(DataError, match="differ"):
        compare_tables(real, like.drop(columns="a"))

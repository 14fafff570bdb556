"""Gaps are data: drawn as they occur; copies stay together; faults are told at once, and mended."""

import json

import numpy as np
import pandas as pd
import pytest

from sciml.contracts.monitor import Monitor
from sciml.tables.columns.schema import Schema
from sciml.tables.fitting import fit_table, split_rows
from sciml.tables.model import TableDensity
from sciml.tables.real.contenders import RealRows
from sciml.tables.real.fitter import folds
from sciml.tables.real.search_space import SearchSpace
from sciml.tables.user import UserTable

N, DRAWS = 600, 20_000


def informative():
    """A score that is there only where the answer is no, 11 % of the rows."""
    rng = np.random.default_rng(0)
    no = rng.random(N) < 0.11
    score = pd.array(rng.poisson(6.0, N), dtype="Int64")
    score[~no] = pd.NA
    return pd.DataFrame({"answer": np.where(no, "no", "yes"), "score": score, "visits": rng.poisson(3.0, N)})


@pytest.fixture(scope="module")
def density():
    schema = Schema.infer(informative(), missing="impute")
    return fit_table(informative(), schema, SearchSpace(quick=True, max_steps=2), Monitor()).density


def test_draws_have_the_gaps_of_the_table_and_their_link_to_other_cells(density):
    drawn, share = density.sample(DRAWS, seed=0), (informative()["answer"] == "no").mean()
    assert (drawn["answer"] == "no").mean() == pytest.approx(share, abs=0.02)
    assert drawn["score"].isna().mean() == pytest.approx(1 - share, abs=0.02)
    assert (drawn["score"].isna() == (drawn["answer"] == "yes")).mean() > 0.99
    assert drawn.dtypes.equals(informative().dtypes.where(drawn.dtypes == informative().dtypes, drawn.dtypes))


def test_whole_rows_are_drawn_on_request_and_have_the_same_answers(density):
    drawn = density.sample(DRAWS, seed=0, complete=True)
    assert drawn.notna().all(axis=None)
    assert (drawn["answer"] == "no").mean() == pytest.approx(0.11, abs=0.03)


def test_a_percentile_is_one_among_rows_of_the_same_gaps(density):
    rows = informative()
    scores = density.log_prob(rows)
    gone = rows["score"].isna().to_numpy()
    found = density.percentiles(scores, rows)
    for pattern in (gone, ~gone):
        below = [100 * (scores[pattern] < score).mean() for score in scores[pattern]]
        np.testing.assert_allclose(found[pattern], below, atol=1.0)
    raised = np.where(gone, scores, scores - 7.0)  # as if the score's unit were another
    density.remember(raised, gone[:, None])
    np.testing.assert_array_equal(density.percentiles(raised, rows), found)
    density.remember(scores, gone[:, None])


def test_a_rare_pattern_is_compared_with_draws_of_it(density):
    rows = informative().assign(answer="yes", score=pd.array([3] * N, dtype="Int64"))
    density.patterns.seen, kept = density.patterns.seen[:0], density.patterns.seen
    found = density.percentiles(density.log_prob(rows), rows)
    density.patterns.seen = kept
    assert 0 <= found.min() < found.max() <= 100


def test_patterns_survive_being_saved(density):
    values = json.loads(json.dumps(density.values()))
    again = TableDensity.rebuild(values, density.state_dict())
    pd.testing.assert_frame_equal(again.sample(50, seed=3), density.sample(50, seed=3))
    rows = informative()
    np.testing.assert_array_equal(
        again.percentiles(again.log_prob(rows), rows), density.percentiles(density.log_prob(rows), rows)
    )


def test_copies_of_a_row_stay_together():
    rng = np.random.default_rng(1)
    x = np.repeat(rng.standard_normal((50, 2)), 6, axis=0)
    rows = RealRows(x, np.zeros((300, 0)))
    assert rows.distinct == 50
    kept = [set(map(tuple, x[part])) for part in folds(len(rows), 0, rows.groups)]
    assert sum(map(len, kept)) == 50
    fitted, holdout = split_rows(pd.DataFrame(x), 0.2, 0, rows.groups)
    assert not set(map(tuple, holdout.to_numpy()[2:-6])) & set(map(tuple, fitted.to_numpy()))
    assert RealRows(rng.standard_normal((50, 2)), np.zeros((50, 0))).groups is None


FAULTY = {"customer": [f"C{i}" for i in range(60)], "flag": "same", "x": np.arange(60.0) ** 1.5}


def test_one_message_ends_in_the_command_that_works(refused, tmp_path):
    import shlex

    table = pd.DataFrame({**FAULTY, "y": np.random.default_rng(0).standard_normal(60)})
    table.to_csv(tmp_path / "t.csv", index=False)
    said = refused(3, "flow", "fit", tmp_path / "t.csv", "--out", tmp_path / "run")
    assert "2 faults: " in said
    command = shlex.split(said[said.index("paste: ") + 7 :])
    assert command[-4:] == ["--drop", "customer", "--drop", "flag"]
    assert [
        c.name for c in UserTable.of(tmp_path / "t.csv", drop=["customer", "flag"]).prepared(0)[1].columns
    ] == ["x", "y"]


def test_auto_mends_what_it_can_and_says_so(tmp_path):
    table = pd.DataFrame({**FAULTY, "id": np.arange(60), "y": np.random.default_rng(0).standard_normal(60)})
    table["z"] = np.log(table["x"] + 1.0)
    table.loc[::9, "y"] = np.nan
    table.to_csv(tmp_path / "t.csv", index=False)
    frame, schema = UserTable.of(tmp_path / "t.csv", auto=True).prepared(0)
    assert list(frame) == ["x", "y"]
    said = " ".join(schema.remarks)
    for words in (
        "'customer': like names",
        "'flag': constant",
        "'id'",
        "z follows from x",
        "--missing impute",
    ):
        assert words in said, words


def test_more_rows_than_are_asked_for_are_not_fitted_to(tmp_path):
    pd.DataFrame(np.random.default_rng(0).standard_normal((90, 2)), columns=["a", "b"]).to_csv(
        tmp_path / "t.csv", index=False
    )
    problem = UserTable.of(tmp_path / "t.csv", rows=40)
    frame, schema = problem.prepared(0)
    assert len(frame) == 40
    assert "fitted to 40 of 90 rows" in schema.remarks[0]

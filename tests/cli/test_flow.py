"""`sciml flow`: a table in, a density kept; rows scored and drawn as the library does it."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sciml.tables import sampling as using
from sciml.tables.constraints.restrict import Constraints
from sciml.tables.stored import read_density
from sciml.tables.user import UserTable


def made(rows=160, seed=0):
    """A category with spaces, a number that depends on it, a positive number and a count."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["dark red", "grün"], rows, p=[0.6, 0.4])
    size = rng.standard_normal(rows) + 3 * (kind == "grün")
    return pd.DataFrame(
        {
            "kind": kind,
            "size a": size,
            "mass": np.exp(0.3 * rng.standard_normal(rows)),
            "n": rng.poisson(3, rows),
        }
    )


@pytest.fixture(scope="module", autouse=True)
def few_steps():
    """Train for a few steps: what is tested is the command."""
    with pytest.MonkeyPatch.context() as patch:
        search = UserTable.search
        patch.setattr(UserTable, "search", lambda self, s: search(self, replace(s, quick=True, max_steps=20)))
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ein Tisch äöü")
    made().to_csv(folder / "my table.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def fitted(place):
    """The folders of two fits: of all columns, and of those given the category."""
    from sciml.cli import main

    folders = {}
    for name, options in (
        ("all", ["--column", "mass=positive"]),
        ("given", ["--given", "kind", "--holdout", "0"]),
    ):
        folders[name] = place / f"run {name}"
        argv = [
            "flow",
            "fit",
            place / "my table.csv",
            *options,
            "--out",
            folders[name],
            "--quiet",
            "--seed",
            3,
        ]
        with pytest.raises(SystemExit) as left:
            main([str(item) for item in argv])
        assert left.value.code in ((0, 1) if name == "all" else (0,))
    return folders


def density_of(folder):
    return read_density(folder)[0]


def report(folder):
    return json.loads((folder / "report.json").read_text())


def table(ran):
    assert ran.code == 0, ran
    return pd.read_csv(io.StringIO(ran.out))


def test_a_fit_is_judged_by_its_lead_over_every_baseline(fitted):
    found = report(fitted["all"])
    leads = {name: item for name, item in found["metrics"].items() if name.startswith("lead_over_")}
    assert len(leads) >= 4
    assert found["passed"] == all(item["value"] > item["reference"] for item in leads.values())
    assert found["problem"] == "my table"
    assert found["parameters"]["holdout"] == 0.2
    assert found["parameters"]["table"].endswith("my table.csv")
    assert {"calibration", "classifier", "flow"} <= set(found["certificates"])
    assert (fitted["all"] / "comparison.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_code_is_the_verdict_and_json_is_the_report(command, place):
    out = place / "json"
    ran = command(
        "flow", "fit", place / "my table.csv", "--out", out, "--json", "--quiet", "--column", "mass=positive"
    )
    found = json.loads(ran.out)
    assert found == report(out)
    assert ran.code == {True: 0, False: 1}[found["passed"]]
    assert found["parameters"]["declared"] == "mass=positive"
    kinds = json.loads((out / "model.json").read_text())["schema"]["columns"]
    assert {item["name"]: item["kind"] for item in kinds}["mass"] == "positive"
    again = command(
        "flow", "fit", place / "my table.csv", "--out", out, "--json", "--column", "mass=positive", "--resume"
    )
    assert (again.code, json.loads(again.out)["metrics"]) == (ran.code, found["metrics"])


def test_a_fit_without_holdout_has_no_verdict_and_code_0(fitted):
    found = report(fitted["given"])
    assert found["passed"] is None
    assert found["metrics"] == {}
    assert found["parameters"]["given"] == "kind"


def test_scores_are_the_library_s_to_the_last_bit(command, place, fitted):
    found = table(command("flow", "score", fitted["all"], place / "my table.csv"))
    density = density_of(fitted["all"])
    assert list(found) == ["log_density", "percentile"]
    np.testing.assert_array_equal(found["log_density"], density.log_prob(made()))
    np.testing.assert_array_equal(found["percentile"], density.percentiles(density.log_prob(made())))
    assert found["percentile"].between(0, 100).all()
    worst = made().assign(mass=lambda frame: frame["mass"].where(frame.index > 0, 1e6))
    assert density.percentiles(density.log_prob(worst))[0] == 0


def test_scores_do_not_depend_on_the_order_or_number_of_columns(command, place, fitted):
    made()[["n", "mass", "kind", "size a"]].assign(more=1).to_csv(place / "shuffled.csv", index=False)
    first, second = (
        command("flow", "score", fitted["all"], place / name).out for name in ("my table.csv", "shuffled.csv")
    )
    assert first == second


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_scores_and_rows_go_into_files(command, place, fitted, ending):
    read = pd.read_csv if ending == "csv" else pd.read_parquet
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    scored, rows = place / f"größe {ending}.{ending}", place / f"rows.{ending}"
    assert command("flow", "score", fitted["all"], place / "my table.csv", "-o", scored).out == ""
    np.testing.assert_array_equal(read(scored)["log_density"], density_of(fitted["all"]).log_prob(made()))
    assert command("flow", "sample", fitted["all"], "--n", 7, "-o", rows).out == ""
    found = read(rows)
    assert list(found) == list(made())
    assert len(found) == 7


def test_rows_outside_the_support_are_said_and_get_minus_infinity(command, place, fitted):
    made(3).assign(kind=["grün", "blue", "grün"], mass=[1.0, 1.0, -1.0]).to_csv(
        place / "odd.csv", index=False
    )
    ran = command("flow", "score", fitted["all"], place / "odd.csv")
    assert np.isfinite(table(ran)["log_density"]).tolist() == [True, False, False]
    assert "2 of 3 rows have density 0" in ran.err


def test_rows_have_the_table_s_columns_and_types_and_follow_the_seed(command, fitted):
    first, again, other = (
        command("flow", "sample", fitted["all"], "--n", 200, "--seed", seed).out for seed in (5, 5, 6)
    )
    assert first == again != other
    found = pd.read_csv(io.StringIO(first))
    assert found.dtypes.astype(str).tolist() == made().dtypes.astype(str).tolist()
    assert set(found["kind"]) == {"dark red", "grün"}
    assert (found["mass"] > 0).all()


def test_given_values_are_kept_in_every_row_and_change_the_others(command, fitted):
    found = {}
    for kind in ("dark red", "grün"):
        rows = table(command("flow", "sample", fitted["given"], "--n", 400, "--given", f"kind={kind}"))
        assert (rows["kind"] == kind).all()
        found[kind] = rows["size a"]
    gap = found["grün"].mean() - found["dark red"].mean()
    error = np.hypot(*(values.std() / 20 for values in found.values()))
    assert gap > 1 + 3.3 * error  # 3 in the data, before training


def test_constraints_hold_in_every_row_as_they_are_read_back(command, fitted):
    rules = ["n <= mass + 2", "0 <= size a"]
    options = [part for rule in rules for part in ("--constrain", rule)]
    rows = table(command("flow", "sample", fitted["all"], "--n", 150, *options))
    assert len(rows) == 150
    assert (rows["n"] <= rows["mass"] + 2).all()
    assert (rows["size a"] >= 0).all()


def test_scores_under_constraints_are_renormalised(command, place, fitted):
    path = place / "my table.csv"
    ran = command("flow", "score", fitted["all"], path, "--constrain", "n <= 3")
    free = density_of(fitted["all"]).log_prob(made())
    inside = (made()["n"] <= 3).to_numpy()
    found = table(ran)["log_density"].to_numpy()
    assert (found[~inside] == -np.inf).all()
    shift = found[inside] - free[inside]
    mass = float(ran.err.split(" = ")[1].split(" ")[0])
    np.testing.assert_allclose(shift, -np.log(mass), atol=1e-3)
    density = density_of(fitted["all"])
    share = (density.sample(20_000, seed=77)["n"] <= 3).mean()
    assert abs(share - mass) < 3.3 * np.sqrt(mass / 20_000)


def test_pieces_are_one_sample_whatever_their_size(fitted):
    density = density_of(fitted["all"])
    pieces = list(using.drawn(density, 250, seed=1, piece=100))
    assert [len(piece) for piece in pieces] == [100, 100, 50]
    whole = pd.concat(pieces)
    assert whole["size a"].is_unique
    rule = Constraints.parse(["n >= 2"], whole)
    ruled = pd.concat(using.drawn(density, 250, constrain=["n >= 2"], seed=1, piece=100))
    assert len(ruled) == 250
    assert rule.inside(ruled).all()
    assert [len(piece) for piece in using.drawn(density, 0)] == [0]

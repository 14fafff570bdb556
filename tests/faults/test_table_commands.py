"""Faults 19, 27 to 30 and 44 at the commands for tables."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sciml.tables.user import UserTable


def made(rows=120):
    rng = np.random.default_rng(0)
    size = rng.standard_normal(rows)
    kind = rng.choice(["x", "grün"], rows)
    return pd.DataFrame({"kind": kind, "größe": size, "b": size + 0.5 * rng.standard_normal(rows)})


@pytest.fixture(scope="module", autouse=True)
def few_steps():
    with pytest.MonkeyPatch.context() as patch:
        search = UserTable.search
        patch.setattr(UserTable, "search", lambda self, s: search(self, replace(s, quick=True, max_steps=5)))
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table, and with fits of it, one given the category."""
    from sciml.cli import main

    folder = tmp_path_factory.mktemp("tables")
    made().to_csv(folder / "table.csv", index=False)
    for name, options in (("run", []), ("given", ["--given", "kind"])):
        argv = [
            "flow",
            "fit",
            folder / "table.csv",
            "--out",
            folder / name,
            "--holdout",
            "0",
            "--quiet",
            *options,
        ]
        with pytest.raises(SystemExit) as left:
            main([str(item) for item in argv])
        assert left.value.code == 0
    return folder


USAGE = [
    ((), "Missing argument"),
    (("table.csv", "--colum", "a=real"), "--column"),
    (("table.csv", "--ensemble", "two"), "--ensemble"),
    (("table.csv", "--ensemble", 0), "'ensemble': got 0"),
    (("table.csv", "--holdout", "1.5"), "'holdout': got 1.5"),
    (("table.csv", "--kind", "copling"), "did you mean 'coupling'"),
    (("table.csv", "--missing", "dorp"), "did you mean 'drop'"),
    (("table.csv", "--column", "gröse=real"), "did you mean 'größe'"),
    (("table.csv", "--column", "größe"), "größe"),
    (("table.csv", "--column", "größe=complex"), "complex"),
    (("table.csv", "--given", "kin"), "did you mean 'kind'"),
    (("table.csv", "--max-seconds", "-1"), "max_seconds: got -1"),
    (("table.csv", "--seed", "-1"), "seed: got -1"),
]


@pytest.mark.parametrize(("argv", "words"), USAGE)
def test_usage_of_fit(refused, place, tmp_path, argv, words):
    """Fault 27: one line, code 2, and no folder is made."""
    argv = [place / item if item == "table.csv" else item for item in argv]
    assert words in refused(2, "flow", "fit", *argv, "--out", tmp_path / "new", "--quiet")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("run",), "--n"),
        (("run", "--n", "many"), "--n"),
        (("run", "--n", -1), "n: got -1, expected a whole number from 0 to 100000000000"),
        (("run", "--n", 10**21), f"n: got {10**21}, expected a whole number from 0 to 100000000000"),
        (("run", "--n", "1e21"), "--n"),
        (("run", "--n", "nan"), "--n"),
        (("run", "--n", 3, "--given", "kind=x"), "fit again with --given"),
        (("given", "--n", 3), "expected a value for kind"),
        (("given", "--n", 3, "--given", "kind"), "expected column=value"),
        (("given", "--n", 3, "--given", "kin=x"), "did you mean 'kind'"),
        (("given", "--n", 3, "--given", "kind=y"), "no level 'y'"),
        (("run", "--n", 3, "--constrain", "b <= größ"), "did you mean 'größe'"),
        (("run", "--n", 3, "--constrain", "b = 1"), "cannot read '= 1'"),
        (("run", "--n", 3, "--constrain", "kind <= 1"), "holds categories"),
        (("run", "--n", 3, "--seed", -1), "seed: got -1"),
    ],
)
def test_usage_of_sample(refused, place, tmp_path, argv, words):
    """Faults 19 and 27: one line, code 2, and no file is made."""
    file = tmp_path / "rows.csv"
    assert words in refused(2, "flow", "sample", place / argv[0], *argv[1:], "-o", file)
    assert not file.exists()


def test_hopeless_constraints_are_said_to_be(refused, place, monkeypatch):
    from sciml.tables.constraints import restrict as constraints

    monkeypatch.setattr(constraints, "HOPELESS", 2000)
    assert "loosen the constraints" in refused(
        2, "flow", "sample", place / "run", "--n", 3, "--constrain", "b > 1e9"
    )


def test_constrained_scores_of_a_conditional_fit_are_refused(refused, place):
    argv = ("flow", "score", place / "given", place / "table.csv", "--constrain", "b <= 0")
    assert "depends on their values" in refused(2, *argv)


def test_no_rows_are_a_table_of_names(command, place):
    """Fault 19."""
    ran = command("flow", "sample", place / "run", "--n", 0)
    assert (ran.code, ran.out, ran.err) == (0, "kind,größe,b\n", "")


def test_missing_files_and_folders_where_files_should_be(refused, place, tmp_path):
    """Fault 27."""
    table, run = place / "table.csv", place / "run"
    assert "no such file" in refused(5, "flow", "fit", tmp_path / "none.csv", "--out", tmp_path / "new")
    assert "is a folder" in refused(5, "flow", "fit", tmp_path, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert "no such folder" in refused(5, "flow", "score", tmp_path / "none", table)
    assert "no such file" in refused(5, "flow", "score", run, tmp_path / "none.csv")
    assert "is a folder" in refused(5, "flow", "score", run, table, "-o", tmp_path)
    assert "model.json: no such file" in refused(5, "flow", "sample", tmp_path, "--n", 1)
    assert "cannot be written" in refused(
        5, "flow", "sample", run, "--n", 1, "-o", tmp_path / "no" / "rows.csv"
    )


def test_a_table_that_cannot_be_fitted_leaves_no_folder(refused, tmp_path):
    path = tmp_path / "bad.csv"
    made().assign(c=1.0).to_csv(path, index=False)
    assert "'c'" in refused(3, "flow", "fit", path, "--out", tmp_path / "new")
    made().assign(b=lambda frame: frame["b"].where(frame.index != 7)).to_csv(path, index=False)
    assert "'b'" in refused(3, "flow", "fit", path, "--out", tmp_path / "new")
    path.write_text("a,b\n1,2,3\n")
    assert "line 2" in refused(3, "flow", "fit", path, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_columns_that_are_not_there_are_named(refused, place, tmp_path):
    made().drop(columns="b").to_csv(tmp_path / "less.csv", index=False)
    assert "'b'" in refused(3, "flow", "score", place / "run", tmp_path / "less.csv")


def test_an_existing_run_is_refused_untouched(refused, place):
    """Fault 28."""
    before = {path.name: path.stat().st_mtime_ns for path in (place / "run").iterdir()}
    line = refused(2, "flow", "fit", place / "table.csv", "--out", place / "run")
    assert "--overwrite" in line
    assert "--resume" in line
    assert {path.name: path.stat().st_mtime_ns for path in (place / "run").iterdir()} == before


def test_a_run_of_another_table_or_option_is_not_resumed(refused, place, tmp_path):
    table, out = tmp_path / "table.csv", place / "run"
    argv = ("flow", "fit", place / "table.csv", "--out", out, "--holdout", 0, "--resume")
    assert "missing: error there, drop asked for" in refused(2, *argv, "--missing", "drop")
    made().iloc[1:].to_csv(table, index=False)
    assert "another run" in refused(2, "flow", "fit", table, *argv[3:])


def test_a_run_of_another_kind_is_refused(refused, command, toy_file, tmp_path, place):
    command("solve", toy_file, "--out", tmp_path / "run", "--quiet")
    assert "does not describe the density of a table" in refused(
        5, "flow", "sample", tmp_path / "run", "--n", 1
    )


@pytest.mark.parametrize("file", ["model.json", "model.safetensors", "report.json"])
def test_a_damaged_run_is_refused(refused, place, tmp_path, file):
    import shutil

    run = shutil.copytree(place / "run", tmp_path / "run")
    data = (run / file).read_bytes()
    (run / file).write_bytes(data[: len(data) // 2])
    assert file in refused(5, "flow", "sample", run, "--n", 1)


def test_without_pyarrow_the_install_command_is_given(refused, place, tmp_path, monkeypatch):
    """Fault 29."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "table.parquet").write_bytes(b"PAR1")
    assert 'pip install "sciml[io]"' in refused(
        5, "flow", "fit", tmp_path / "table.parquet", "--out", tmp_path / "new"
    )
    argv = ("flow", "sample", place / "run", "--n", 1, "-o", tmp_path / "rows.parquet")
    assert 'pip install "sciml[io]"' in refused(5, *argv)


def test_a_model_trained_elsewhere_loads(command, place, tmp_path):
    """Fault 44: the device in the manifest is not asked for."""
    import shutil

    from sciml.runs.files import manifest_checksum

    run = shutil.copytree(place / "run", tmp_path / "run")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["device"] = "cuda:3"
    manifest["checksum"] = manifest_checksum(manifest)
    (run / "manifest.json").write_text(json.dumps(manifest))
    found, expected = (command("flow", "sample", each, "--n", 5) for each in (run, place / "run"))
    assert (found.code, found.out) == (0, expected.out)


def process(*argv, **options):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-m", "sciml", "flow", *map(str, argv)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        **options,
    )


def test_a_reader_that_goes_away_is_no_error(place):
    """Fault 30."""
    running = process("sample", place / "run", "--n", 3_000_000)
    assert running.stdout.readline() == "kind,größe,b\n".encode()
    running.stdout.close()
    _, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, b"")


def test_a_locale_without_umlauts_and_a_path_with_them(place, tmp_path):
    """Fault 30: data are UTF-8 wherever they are written; stdin is no terminal."""
    import shutil

    run = shutil.copytree(place / "run", tmp_path / "ein Ordner größer")
    running = process("sample", run, "--n", 4, env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    out, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, b"")
    assert out.decode().startswith("kind,größe,b\n")
    refused = process("sample", run, "--n", 4, "--constrain", "größ <= 1", env={"PYTHONIOENCODING": "ascii"})
    _, err = refused.communicate(timeout=120)
    assert refused.returncode == 2
    assert err.count(b"\n") == 1

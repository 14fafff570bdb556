"""`sciml reproduce`: a run made again from what its folder says, and held against it."""

import json
from hashlib import sha256

import numpy as np
import pytest

import sciml
from sciml.cli.agreement import agreements, same_bits
from sciml.cli.rerun import problem_for, source_for
from sciml.cli.stored_run import StoredRun
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.status import Status
from sciml.runs.files import manifest_checksum
from sciml.runs.solution import Solution
from sciml.tables.user import UserTable


@pytest.fixture
def run(command, toy_file, tmp_path):
    """Solve the toy problem into a folder by the command line."""

    def solved(*argv):
        command("solve", toy_file, "--out", tmp_path / "run", "--quiet", *argv)
        return tmp_path / "run"

    return solved


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    """A quick run of a bundled well."""
    out = tmp_path_factory.mktemp("well") / "run"
    sciml.solve(sciml.load_problem("finite-well", depth=12.0), quick=True, seed=5, out=out)
    return out


def edit(folder, change, name="report.json"):
    """Change a file, and mend its checksum as a forger would."""
    content = json.loads((folder / name).read_text())
    change(content)
    if name == "manifest.json":
        content["checksum"] = manifest_checksum(content)
    (folder / name).write_text(json.dumps(content))
    if name != "manifest.json":
        digest = sha256((folder / name).read_bytes()).hexdigest()
        edit(folder, lambda manifest: manifest["files"].update({name: digest}), "manifest.json")


def state(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_a_bundled_problem_to_the_bit_and_nothing_is_written(command, well, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = state(well)
    ran = command("reproduce", well)
    assert ran.code == 0
    assert "finite-well (quantum): depth 12" in ran.out
    assert "result: reproduced to the last bit" in ran.out
    assert "not as it was" not in ran.out
    for line in ("E0 ", "psi0 (field)", "status", "result"):
        assert f"\n{line}" in ran.out
    assert state(well) == before
    assert list(tmp_path.iterdir()) == []


def test_a_users_file_is_named_on_the_command_line(command, refused, run, toy_file):
    folder = run("--seed", "4", "--quick", "--set", "target=3", "--max-steps", "9", "--dtype", "float64")
    assert "from a file of the user's own; a folder names no code to run" in refused(2, "reproduce", folder)
    ran = command("reproduce", folder, "--file", toy_file)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "result: reproduced to the last bit")


@pytest.mark.parametrize("name", ["seed", "quick", "max_steps", "parameters"])
def test_every_setting_counts(command, run, toy_file, name):
    """With another value of any of them the run ends elsewhere, by more than the check allows or less."""
    folder = run("--max-steps", "9")

    def change(content):
        if name == "max_steps":
            content["settings"][name] = 3
        elif name == "parameters":
            content[name]["off"] = 1e-9
        else:
            content[name] = 7 if name == "seed" else not content[name]

    edit(folder, change, "manifest.json" if name == "max_steps" else "report.json")
    out = command("reproduce", folder, "--file", toy_file).out
    assert ("to the last bit" in out) == (name == "quick")  # the steps were given, so the recipe is not used


def test_a_forged_number_is_found(command, run, toy_file):
    folder = run()
    edit(folder, lambda report: report["scalars"]["root"].update(value=3.0, reference=3.0))
    assert "PASS" in command("compare", folder).out
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 1
    assert "NOT REPRODUCED: root, root (reference)" in ran.out


def test_a_forged_verdict_is_found(command, run, toy_file):
    folder = run("--set", "off=0.1")
    edit(folder, lambda report: report["scalars"]["root"].update(tolerance=1.0))
    edit(folder, lambda report: report["fields"]["y"].update(tolerance=1.0))
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 1
    assert "NOT REPRODUCED: result" in ran.out


def test_a_forged_field_is_found(command, run, toy_file):
    folder = run()
    arrays = dict(np.load(folder / "fields.npz"))
    arrays["y"][3] *= 1.01
    np.savez(folder / "fields.npz", **arrays)
    digest = sha256((folder / "fields.npz").read_bytes()).hexdigest()
    edit(folder, lambda manifest: manifest["files"].update({"fields.npz": digest}), "manifest.json")
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 1
    assert "NOT REPRODUCED: y (field)" in ran.out


def test_a_difference_within_the_tolerance_is_stated(command, run, toy_file):
    folder = run()
    value = json.loads((folder / "report.json").read_text())["scalars"]["root"]["value"]
    edit(folder, lambda report: report["scalars"]["root"].update(value=value * (1 + 1e-8)))
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 0
    assert "within the checks' tolerances; largest difference 1.0e-08 (root)" in ran.out


def test_what_is_not_as_it_was_is_listed(command, run, toy_file):
    folder = run("--max-seconds", "60")
    edit(folder, lambda manifest: manifest["versions"].update(torch="0.1"), "manifest.json")
    edit(folder, lambda manifest: manifest.update(threads=64), "manifest.json")
    toy_file.write_text(toy_file.read_text() + "\n# a remark\n")
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 0
    for words in (
        "torch: 0.1 there, ",
        "threads: 64 there, 1 here",
        f"{toy_file}: is not the file",
        "max_sec",
    ):
        assert f"not as it was: {words}" in ran.out


def test_a_run_saved_from_python_says_what_is_unknown(command, toy, toy_file, tmp_path):
    sciml.solve(toy()).save(tmp_path / "run")
    ran = command("reproduce", tmp_path / "run", "--file", toy_file)
    assert ran.code == 0
    assert "settings: not recorded" in ran.out


def test_another_file_is_refused(refused, run, tmp_path):
    folder = run()
    (tmp_path / "other.py").write_text("import sciml\nproblem = sciml.load_problem('harmonic')\n")
    assert "expected" in refused(3, "reproduce", folder, "--file", tmp_path / "run" / "report.json")
    assert "unknown parameter" in refused(2, "reproduce", folder, "--file", tmp_path / "other.py")


def test_a_file_of_another_name_is_refused(refused, run, toy_file, tmp_path):
    folder = run()
    (tmp_path / "other.py").write_text(toy_file.read_text().replace("class Toy(", "class Other("))
    line = refused(2, "reproduce", folder, "--file", tmp_path / "other.py")
    assert "holds the problem 'other'" in line
    assert "a run of 'toy'" in line


def test_a_failed_run_that_fails_again_is_reproduced(command, run, toy_file):
    folder = run("--set", "ending=3")
    ran = command("reproduce", folder, "--file", toy_file)
    assert ran.code == 0
    assert "nonfinite" in ran.out


def test_damage_and_quiet(command, refused, run, toy_file):
    folder = run()
    ran = command("reproduce", folder, "--file", toy_file, "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    (folder / "history.csv").write_text("")
    assert "history.csv: its checksum differs" in refused(5, "reproduce", folder, "--file", toy_file)


def test_pairs_are_read_where_they_are_now(command, refused, tmp_path):
    """Learned by ridge regression, which takes a moment."""
    rng, x = np.random.default_rng(0), np.linspace(0, 1, 33)
    inputs = rng.standard_normal((40, 3)) @ np.sin(np.pi * np.outer([1, 2, 3], x))
    np.savez(tmp_path / "pairs.npz", inputs=inputs, outputs=2 * inputs, positions=x)
    argv = ("--set", "model=ridge", "--out", tmp_path / "run", "--quiet")
    command("operator", "train", "--data", tmp_path / "pairs.npz", *argv)
    assert "to the last bit" in command("reproduce", tmp_path / "run").out
    (tmp_path / "pairs.npz").rename(tmp_path / "moved.npz")
    assert "no longer there" in refused(5, "reproduce", tmp_path / "run")
    assert command("reproduce", tmp_path / "run", "--file", tmp_path / "moved.npz").code == 0
    np.savez(tmp_path / "moved.npz", inputs=inputs, outputs=3 * inputs, positions=x)
    line = refused(5, "reproduce", tmp_path / "run", "--file", tmp_path / "moved.npz")
    assert "its checksum differs" in line
    (tmp_path / "moved.npz").rename(tmp_path / "pairs.npz")
    line = refused(2, "operator", "train", "--data", tmp_path / "pairs.npz", *argv, "--resume")
    assert "has changed since" in line


def test_a_table_is_fitted_with_the_columns_and_options_of_the_run(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{a},{b},{'xy'[i % 2]},{i % 3}" for i, (a, b) in enumerate(rng.uniform(0, 2, (90, 2)))]
    (tmp_path / "t.csv").write_text("\n".join(["a,b c,kind,n", *lines]))
    columns = ["a=bounded(0, 2)", "b c=positive"], ["kind", "n"]
    problem = UserTable.of(tmp_path / "t.csv", *columns, flow="coupling", ensemble=3, holdout=0.3)
    stored = StoredRun(
        tmp_path,
        Solution(name=problem.name, kind="flow", status=Status.CONVERGED, parameters=problem.parameters),
        {},
        {},
    )
    assert problem_for(stored, source_for(stored, None)) == problem
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(sciml.FileError, match="its checksum differs"):
        source_for(stored, None)


def solution(value, samples=None, checked=True):
    check = (Check("a", value, 2.0, 0.0, 1e-3),) if checked else ()
    return Solution(
        name="s",
        kind="toy",
        status=Status.CONVERGED,
        scalars={"a": value},
        samples=samples or {},
        stored=Comparison(check),
    )


@pytest.mark.parametrize(
    ("there", "here", "checked", "agrees", "same"),
    [
        (2.0, 2.0, True, True, True),
        (2.0, np.nextafter(2.0, 3.0), True, True, False),
        (2.0, np.nextafter(2.0, 3.0), False, False, False),
        (2.0, 2.0019, True, True, False),
        (2.0, 2.0021, True, False, False),
        (float("nan"), 2.0, True, False, False),
        (float("nan"), float("nan"), True, True, True),
        (0.0, -0.0, False, True, False),
    ],
)
def test_numbers_agree_by_the_check(there, here, checked, agrees, same):
    found = agreements(solution(there, checked=checked), solution(here, checked=checked))[0]
    assert (found.name, found.agrees, found.same) == ("a", agrees, same)


@pytest.mark.parametrize(
    ("there", "here", "gap"),
    [
        (np.array([3.0, 4.0]), np.array([3.0, 4.5]), 0.1),
        (np.array([1, 2]), np.array([1, 3]), 1 / np.sqrt(5)),
        (np.array([1j, 0]), np.array([0, 1j]), np.sqrt(2)),
        (np.array(["a"]), np.array(["b"]), np.inf),
        (np.zeros(2), np.zeros(3), np.inf),
        (np.zeros(2), np.full(2, np.nan), np.inf),
        (np.full(2, 1e308), np.full(2, -1e308), np.inf),
        (np.zeros(2), None, np.inf),
    ],
)
def test_fields_are_held_against_each_other_in_l2(there, here, gap):
    samples = {} if here is None else {"f": here}
    found = agreements(solution(2.0, {"f": there}), solution(2.0, samples))[1]
    assert (found.name, found.agrees, found.same) == ("f (field)", False, False)
    assert found.gap == pytest.approx(gap)


def test_points_and_references_are_no_answer():
    there = {"x": np.zeros(2), "weights": np.zeros(2), "f_reference": np.zeros(2)}
    here = {name: values + 1 for name, values in there.items()}
    assert all(item.same for item in agreements(solution(2.0, there), solution(2.0, here)))


def test_bits():
    assert same_bits(float("nan"), -float("nan"))
    assert not same_bits(0.0, -0.0)

"""Faults 27, 28, 35, 39, 42: usage, folders, signals."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

import sciml
from sciml.solving.catalogue import ProblemSource
from sciml.training.run_folder import LOCK, run_folder
from sciml.training.signals import watching


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("solv",), "solve"),
        (("solve",), "NAME"),
        (("solve", "harmonic", "--sead", "3"), "--seed"),
        (("solve", "harmonic", "--seed", "x"), "--seed"),
        (("solve", "harmonic", "--set", "omega"), "key=value"),
        (("solve", "harmonic", "--set", "omega=much"), "expected a number"),
        (("compare",), "DIR"),
    ],
)
def test_usage_errors_are_one_line(refused, argv, words):
    assert words in refused(2, *argv)


@pytest.mark.parametrize(
    ("argv", "form"),
    [
        (("help",), "type: sciml --help"),
        (("help", "flow", "fit"), "type: sciml flow fit --help"),
        (("solve", "finite-well", "--states", "3"), "parameter of finite-well: --set states=3"),
        (("solve", "finite_well", "--half-width=-1"), "parameter of finite-well: --set half_width=-1"),
        (("solve", "harmonic", "--omega"), "parameter of harmonic: --set omega=VALUE"),
        (("operator", "train", "heat-operator", "--model", "fno"), "--set model=fno"),
        (("operator", "train", "--data", "x.npz", "--model", "fno"), "is set by --set model=fno"),
        (("solve", "mine.py", "--depth", "3"), "is set by --set depth=3"),
        (("solve", "harmonic", "--sead", "3"), "--seed"),
        (("solv", "harmonic"), "Did you mean 'solve'?"),
    ],
)
def test_what_should_have_been_typed_is_said(refused, argv, form):
    assert form in refused(2, *argv)


@pytest.mark.parametrize("argv", [("compare", "run", "--states", "3"), ("solve", "harmonic", "--modle", "1")])
def test_no_form_is_made_up(refused, argv):
    assert "--set " not in refused(2, *argv)


def test_missing_file(refused, tmp_path):
    assert "no such file" in refused(5, "solve", tmp_path / "none.py")


def test_directory_where_a_file_should_be(refused, tmp_path):
    assert "is a directory" in refused(5, "solve", f"{tmp_path}/")
    assert "is a directory" in refused(5, "verify", "--report", tmp_path)


def test_file_that_is_not_python(refused, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n")
    assert "got 0 points" in refused(3, "solve", path)
    path = path.rename(tmp_path / "table.txt")
    assert "ending in .py" in refused(3, "solve", path)


@pytest.mark.parametrize("name", ["compare", "export"])
def test_missing_run_folder(refused, tmp_path, name):
    assert "no such folder" in refused(5, name, tmp_path / "none")
    assert "report.json" in refused(5, name, tmp_path)


def test_existing_folder_is_refused_untouched(refused, toy_file, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    line = refused(2, "solve", toy_file, "--out", out)
    assert "--overwrite" in line
    assert "--resume" in line
    assert list(out.iterdir()) == []


@pytest.fixture
def never(monkeypatch, toy):
    """A problem that must not be started."""
    problem = toy()
    monkeypatch.setattr(type(problem), "run", lambda *_: pytest.fail("the solve was started"))
    return problem


def test_unwritable_place_fails_before_solving(never, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(sciml.FileError, match="nothing was started"):
        sciml.solve(never, out=tmp_path / "file" / "run")
    with pytest.raises(sciml.FileError, match="nothing was started"):
        sciml.solve(never, out=tmp_path / "file")


def test_read_only_folder_fails_before_solving(never, tmp_path, monkeypatch):
    def refuse(path, *_):
        raise PermissionError(30, "Read-only file system", str(path))

    (tmp_path / "run").mkdir()
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(sciml.FileError, match="Read-only file system"):
        sciml.solve(never, out=tmp_path / "run", overwrite=True)


def test_a_failed_start_leaves_no_folder(toy, tmp_path, monkeypatch):
    problem = toy()
    monkeypatch.setattr(type(problem), "run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sciml.solve(problem, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_second_run_in_one_folder_is_refused(toy, tmp_path):
    """Fault 42: refused while the first is alive; a lock file left by a dead one does not matter."""
    with run_folder(tmp_path / "run") as folder:
        assert (folder / LOCK).exists()
        with pytest.raises(sciml.ArgumentError, match="another run"):
            sciml.solve(toy(), out=folder, overwrite=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / LOCK).write_text("stale")
    assert sciml.solve(toy(), out=tmp_path / "run", overwrite=True).passed
    assert not (tmp_path / "run" / LOCK).exists()


def test_debris_of_a_killed_save_is_swept(toy, tmp_path):
    """Fault 36."""
    sciml.solve(toy(), out=tmp_path / "run")
    debris = tmp_path / "run" / ".saving-killed"
    debris.mkdir()
    (debris / "report.json").write_text("{")
    assert sciml.load(tmp_path / "run").passed
    sciml.solve(toy(), out=tmp_path / "run", overwrite=True)
    assert not debris.exists()


class Slow:
    """A solve in another process that takes a minute unless stopped."""

    def __init__(self, file, out):
        argv = [sys.executable, "-m", "sciml", "solve", file, "--set", "pause=0.5", "--out", out]
        self.out = out
        self.process = subprocess.Popen(list(map(str, argv)), stderr=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait_until_running(self):
        ready = time.monotonic() + 30
        while not (self.out / ".lock").exists():
            assert time.monotonic() < ready
            time.sleep(0.02)
        time.sleep(0.3)  # from the lock to the handlers

    def end(self):
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out.decode(), err.decode()


def test_signals_save_and_tell(toy_file, tmp_path):
    """Fault 39: SIGINT 130 and SIGTERM 143, after the step, and what there is is saved."""
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143}
    runs = {number: Slow(toy_file, tmp_path / number.name) for number in codes}
    for number, slow in runs.items():
        slow.wait_until_running()
        slow.process.send_signal(number)
    for number, slow in runs.items():
        code, out, err = slow.end()
        assert code == codes[number], err
        assert "interrupted" in out
        assert "Traceback" not in err
        report = json.loads((tmp_path / number.name / "report.json").read_text())
        assert report["status"] == "interrupted"


IMPORTS_SLOWLY = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv.pop(1))
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
from sciml.cli import main
main()
"""


def test_an_interrupt_while_importing_is_130_and_one_line(tmp_path):
    """Fault 54: an import that takes its time, as torch's does, is left at once."""
    (tmp_path / "typer.py").write_text(
        "import time\n\ntry:\n    time.sleep(60)\nexcept BaseException:\n    pass\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", IMPORTS_SLOWLY, tmp_path, "problems"],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "sciml: interrupted\n")


def test_every_pool_computes_on_the_threads_that_are_recorded(tmp_path):
    """The same bits whether one thread was asked for or is the default; numpy's pool is asked too."""
    environment = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    for name, more in (("default", {}), ("one", {"OMP_NUM_THREADS": "1"})):
        argv = ["solve", "finite-well", "--quick", "--quiet", "--out", tmp_path / name]
        subprocess.run([sys.executable, "-m", "sciml", *argv], env={**environment, **more}, check=True)
    default, one = (
        json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("default", "one")
    )
    assert default["threads"] == one["threads"] == 1
    assert default["files"]["model.safetensors"] == one["files"]["model.safetensors"]


def test_second_interrupt_leaves_at_once(command, toy, monkeypatch, tmp_path):
    """Fault 39: the first is only noted, the second ends the run unsaved."""
    problem, seen = toy(), []

    def run(self, settings, monitor):
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)
            seen.append(monitor.interrupted)

    monkeypatch.setattr(type(problem), "run", run)
    monkeypatch.setattr("sciml.solving.catalogue.find_problem", lambda name: ProblemSource("toy", problem))
    ran = command("solve", "toy", "--out", tmp_path / "run")
    assert (ran.code, ran.out, seen) == (130, "", [True])
    assert not (tmp_path / "run").exists()


def test_without_the_command_signals_are_left_alone(toy, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: pytest.fail("a handler was installed"))
    sciml.solve(toy())


def test_a_second_sigterm_leaves_with_143():
    monitor = sciml.Monitor()
    with watching(monitor) as caught:
        signal.raise_signal(signal.SIGTERM)
        assert monitor.stop
        assert caught.code == 143
        with pytest.raises(SystemExit) as left:
            signal.raise_signal(signal.SIGTERM)
    assert left.value.code == 143

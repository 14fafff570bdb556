"""A command and a figure are each one file and one row: added to a copy of the package, they work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WALKS = (ROOT / "docs" / "extending.md").read_text()


def block(heading):
    """Return the Python block of a walk, up to where the walk tries it out."""
    walk = WALKS[WALKS.index(f"## {heading}\n") :]
    code = re.search(r"^```python\n(.*?)^```$", walk, re.MULTILINE | re.DOTALL)[1]
    return re.split(r"\n\n(?:solution =|assert)", code)[0] + "\n"


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, and what runs its command."""
    for name in ("sciml", "problems"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))

    def sciml(*argv):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-m", "sciml", *argv]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)

    return tmp_path / "sciml", sciml


def add_row(path, before, row):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, f"{row}, {before}", 1))


def test_a_command(copy):
    package, sciml = copy
    (package / "cli" / "seeds.py").write_text(block("A command"))
    add_row(package / "cli" / "commands.py", '"solve"', '"seeds"')
    shown = sciml("seeds", "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Print the seeds of finished runs." in shown.stdout
    assert "--debug" in shown.stdout
    missing = sciml("seeds", "nowhere")
    assert (missing.returncode, missing.stderr.count("\n")) == (5, 1)
    assert "Traceback" in sciml("seeds", "nowhere", "--debug").stderr


DRAW = """
import numpy, sciml
from sciml.plot import comparison
from sciml.plot.dispatch import drawing_of
x = numpy.linspace(-1, 1, 9)
def solution(field):
    samples = {"x": x, field: x * x}
    return sciml.Solution(name="s", kind="flame", status=sciml.Status.CONVERGED, samples=samples)
assert [drawing_of(solution(field)).__name__ for field in ("u", "T")] == ["slab", "flame"]
comparison(solution("u")).savefig("slab.png")
"""


def test_a_figure(copy):
    package, _ = copy
    (package / "plot" / "slab.py").write_text(block("A figure of a solution"))
    add_row(package / "plot" / "dispatch.py", '"flame"', '"slab"')
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    command = [sys.executable, "-c", DRAW]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=package.parent)
    assert (ran.returncode, ran.stderr) == (0, "")

"""Each copy of the package has the problems of its own tree, whichever of them is installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = """
import sciml, sciml.problems
from sciml.solving.catalogue import load_problem
from sciml.problems.harmonic import Harmonic
from inspect import getfile
print(sciml.__file__, sciml.problems.__file__, getfile(Harmonic), getfile(type(load_problem("own"))))
"""


def tree(place, problems="problems"):
    """Copy the package with two of its problems, one of which no other tree has."""
    shutil.copytree(ROOT / "sciml", place / "sciml", ignore=shutil.ignore_patterns("__pycache__"))
    folder = place / problems
    folder.mkdir()
    shutil.copy(ROOT / "problems" / "__init__.py", folder)
    text = (ROOT / "problems" / "harmonic.py").read_text()
    (folder / "harmonic.py").write_text(text)
    (folder / "own.py").write_text(text.replace("class Harmonic", "class Own"))
    return place


def places(root, cwd):
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", PLACES]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd)
    assert ran.returncode == 0, ran.stderr
    return [Path(place) for place in ran.stdout.split()]


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_checkout_has_its_own_problems(name, tmp_path):
    roots = {each: tree(tmp_path / each) for each in ("first", "second")}
    root = roots[name]
    own = root / "problems"
    expected = [root / "sciml/__init__.py", own / "__init__.py", own / "harmonic.py", own / "own.py"]
    assert places(root, tmp_path) == expected


def test_a_wheel_has_those_inside_it_whatever_lies_beside(tmp_path):
    site = tree(tmp_path / "site", "sciml/problems")
    (site / "problems").mkdir()
    (site / "problems" / "__init__.py").write_text("raise ImportError('a package of somebody else')")
    assert places(site, tmp_path)[1] == site / "sciml/problems/__init__.py"

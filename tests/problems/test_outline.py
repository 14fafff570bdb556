"""What is read from the source of the bundled problems is what the imported classes say."""

import inspect
import subprocess
import sys

import pytest

import sciml
from sciml.contracts.parameters import parameters_of
from sciml.solving import catalogue, outline

NAMES = sciml.problem_names()
WITHOUT_TORCH = """
import sys
from sciml.cli.app import run
code = run(sys.argv[1:])
assert "torch" not in sys.modules, "imported torch"
sys.exit(code)
"""


def light(*argv):
    command = [sys.executable, "-c", WITHOUT_TORCH, *argv]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_source_says_what_the_class_says(name):
    owner = type(sciml.load_problem(name))
    read = outline._read(name, outline.Sources())
    assert read is not None, "not read from the source: the list is no longer light"
    assert (read.name, read.kind) == (name, owner.kind)
    assert read.purpose == inspect.getdoc(owner).split("\n")[0]
    assert read.parameters == tuple(item.name for item in parameters_of(owner))


def test_every_problem_is_listed_without_torch():
    listed = light("problems")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == NAMES


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("solve", "finite-well", "--set", "dept=3"), "did you mean 'depth'"),
        (("solve", "finite-wel"), "did you mean 'finite-well'"),
        (("operator", "train", "heat-operator", "--set", "modle=fno"), "did you mean 'model'"),
    ],
)
def test_a_misspelled_name_is_refused_without_torch(argv, words):
    refused = light(*argv)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


INSTANCE = '''"""A bundled problem made by hand."""
from sciml.problems.harmonic import Harmonic
problem = Harmonic(omega=2.0)
'''
TWO = '''
from dataclasses import dataclass
from sciml.problems.harmonic import Harmonic
@dataclass(frozen=True)
class First(Harmonic):
    """The first."""
@dataclass(frozen=True)
class Second(First):
    """The second."""
'''


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """A folder of bundled problems of its own, and a function that adds one."""

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)

    write("harmonic", catalogue.bundled_file("harmonic").read_text())
    monkeypatch.setattr(sys.modules[catalogue.PACKAGE], "__path__", [str(tmp_path)])
    yield write
    for name in ("sciml.problems.made", "sciml.problems.two"):
        sys.modules.pop(name, None)


def test_what_the_source_does_not_say_plainly_is_asked_of_the_class(bundled):
    bundled("made", INSTANCE)
    made = next(item for item in outline.outlines() if item.name == "made")
    assert (made.kind, made.parameters) == ("quantum", ("omega", "box", "states"))
    bundled("two", TWO)
    with pytest.raises(sciml.DataError, match="First, Second"):
        outline.outlines()

"""Faults 8 and 9: misspelled names, and problem files that cannot be used."""

import sys

import pytest

import sciml

CLASS = '''
from dataclasses import dataclass
import sciml
@dataclass(frozen=True)
class {name}(sciml.AbstractProblem):
    """Nothing."""
    kind = "toy"
    size: float = sciml.parameter({size}, "how large")
    def reference(self): return None
    def recipe(self, quick=False): return sciml.Recipe()
    def run(self, settings, monitor): return 1 / 0
    def rebuild(self, model, tensors): return None
'''


@pytest.fixture
def write(tmp_path):
    def written(text, name="mine.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return written


def one(name="Mine", size=1.0):
    return CLASS.format(name=name, size=size)


def test_misspelled_problem(refused):
    assert "did you mean 'harmonic'" in refused(2, "solve", "harmonik")


def test_misspelled_parameter(refused, toy_file):
    assert "did you mean 'target'" in refused(2, "solve", toy_file, "--set", "tarket=1")


@pytest.mark.parametrize("name", ["harmonic", "finite-well"])
def test_bundled_names_are_kebab_case(name):
    assert name in sciml.problem_names()
    assert sciml.load_problem(name).name == name


def test_syntax_error_names_file_and_line(refused, write):
    path = write("x = 1\ny = (\n")
    assert f"{path}, line 2" in refused(3, "solve", path)


def test_error_while_reading_names_file_and_line(refused, write):
    path = write("import sciml\n\nx = 1 / 0\n")
    assert f"{path}, line 3: ZeroDivisionError" in refused(3, "solve", path)


def test_the_innermost_line_of_the_file_is_named(refused, write):
    path = write("def inverse(x):\n    return 1 / x\n\ninverse(0)\n")
    assert f"{path}, line 2: ZeroDivisionError" in refused(3, "solve", path)


def test_missing_import_and_exit_are_the_files_fault(refused, write):
    assert "ModuleNotFoundError" in refused(3, "solve", write("import no_such_thing\n", "a.py"))
    assert "SystemExit" in refused(3, "solve", write("raise SystemExit(0)\n", "b.py"))


def test_no_problem_class(refused, write):
    path = write("from sciml import AbstractProblem\nclass Base(AbstractProblem):\n    kind = 'toy'\n")
    assert "no problem found" in refused(3, "solve", path)


def test_an_imported_problem_class_does_not_count(write):
    path = write("from sciml.problems.harmonic import Harmonic\n" + one())
    assert sciml.load_problem(path).parameters == {"size": 1.0}


def test_wrong_problem_object(refused, write):
    assert "its `problem` is a int" in refused(3, "solve", write("problem = 3\n"))


def test_two_problem_classes_are_named(refused, write):
    line = refused(3, "solve", write(one("First") + one("Second")))
    assert "First" in line
    assert "Second" in line


def test_forgotten_decorator(refused, write):
    assert "lacks @dataclass" in refused(3, "solve", write(one().replace("@dataclass(frozen=True)", "")))


def test_an_instance_decides_between_two_classes(write):
    path = write(one("First") + one("Second") + "problem = Second(size=3.0)\n")
    assert sciml.load_problem(path).parameters == {"size": 3.0}
    assert sciml.load_problem(path, size=4.0).parameters == {"size": 4.0}


BUILT = "from sciml.problems.harmonic import Harmonic\n"


def test_the_only_instance_is_accepted_under_any_name(write):
    path = write(BUILT + "well = Harmonic(omega=2.0)\nagain = well\n")
    assert sciml.load_problem(path).parameters["omega"] == 2.0
    assert sciml.load_problem(path, omega=3.0).parameters["omega"] == 3.0


def test_two_instances_are_named(refused, write):
    line = refused(3, "solve", write(BUILT + "near, far = Harmonic(), Harmonic(omega=2.0)\n"))
    assert "2 problems (near, far), expected one; choose by a module-level `problem = ...`" in line


def test_a_class_of_the_files_own_comes_before_an_instance(write):
    path = write(one() + BUILT + "helper = Harmonic()\n")
    assert sciml.load_problem(path).parameters == {"size": 1.0}


@pytest.mark.parametrize("name", ["finite_well", "finite-well"])
def test_hyphens_and_underscores_are_the_same_name(name, command):
    assert sciml.load_problem(name).name == "finite-well"
    assert command("problems", name).out.startswith("finite-well (quantum)")


def test_postponed_annotations_work(write):
    assert sciml.load_problem(write("from __future__ import annotations\n" + one())).parameters == {
        "size": 1.0
    }


def test_our_future_imports_do_not_leak_into_the_file(write):
    path = write(one() + "def f(x: int): pass\nassert f.__annotations__['x'] is int\n")
    assert sciml.load_problem(path).parameters == {"size": 1.0}


def test_two_files_named_alike_do_not_clash(write):
    first = sciml.load_problem(write(one(size=1.0), "a/mine.py"))
    second = sciml.load_problem(write(one(size=2.0), "b/mine.py"))
    assert (first.parameters, second.parameters) == ({"size": 1.0}, {"size": 2.0})
    assert type(first) is not type(second)
    assert "mine" not in sys.modules


def test_a_changed_file_is_read_again(write):
    sciml.load_problem(write(one(size=1.0)))
    assert sciml.load_problem(write(one(size=2.0))).parameters == {"size": 2.0}


def test_a_failed_file_leaves_no_module(write):
    before = set(sys.modules)
    with pytest.raises(sciml.DataError):
        sciml.load_problem(write("x ="))
    assert set(sys.modules) == before


def test_error_in_the_users_own_run_names_file_and_line(refused, write, tmp_path):
    path = write(one())
    line = refused(3, "solve", path, "--out", tmp_path / "run")
    assert f"{path}, line 11: ZeroDivisionError" in line
    assert not (tmp_path / "run").exists()


def test_argument_of_the_wrong_type():
    with pytest.raises(TypeError, match="problem: got 3"):
        sciml.load_problem(3)

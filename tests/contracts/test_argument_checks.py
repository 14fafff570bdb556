"""The checks of plain arguments: what each lets through, and the one line about the rest."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sciml import arguments
from sciml.errors import ArgumentError, ArgumentTypeError


def number(name, value):
    return arguments.check_number(name, value, above=0, high=2)


def least(name, value):
    return arguments.check_number(name, value, low=0, below=1)


def count(name, value):
    return arguments.check_count(name, value, 1, 9)


def choice(name, value):
    return arguments.check_choice(name, value, ("near", "far"))


def seed(name, value):
    return arguments.check_seed(value, name)


ACCEPTED = [
    (count, 1, 1),
    (count, np.int64(9), 9),
    (seed, 0, 0),
    (seed, 2**63 - 1, 2**63 - 1),
    (number, 2, 2.0),
    (number, np.float32(0.5), 0.5),
    (least, 0.0, 0.0),
    (arguments.check_flag, False, False),
    (arguments.check_text, "", ""),
    (choice, "far", "far"),
    (arguments.check_path, "a/b", Path("a/b")),
    (arguments.check_path, Path("a"), Path("a")),
]


@pytest.mark.parametrize(("check", "value", "returned"), ACCEPTED)
def test_what_makes_sense_is_returned_in_its_plain_type(check, value, returned):
    assert check("argument", value) == returned
    assert type(check("argument", value)) is type(returned)


REFUSED = [
    (count, True, ArgumentTypeError, "got True, expected a whole number"),
    (count, 1.0, ArgumentTypeError, "got 1.0, expected a whole number"),
    (count, 0, ArgumentError, "got 0, expected a whole number from 1 to 9"),
    (count, 10, ArgumentError, "got 10, expected a whole number from 1 to 9"),
    (seed, -1, ArgumentError, f"got -1, expected a whole number from 0 to {2**63 - 1}"),
    (seed, 2**63, ArgumentError, f"got {2**63}, expected a whole number from 0 to {2**63 - 1}"),
    (number, "1", ArgumentTypeError, "got '1', expected a finite number above 0 and of at most 2"),
    (number, True, ArgumentTypeError, "got True, expected a finite number above 0 and of at most 2"),
    (number, 0, ArgumentError, "got 0, expected a finite number above 0 and of at most 2"),
    (number, 2.1, ArgumentError, "got 2.1, expected a finite number above 0 and of at most 2"),
    (least, 1.0, ArgumentError, "got 1.0, expected a finite number of at least 0 and below 1"),
    (least, -0.1, ArgumentError, "got -0.1, expected a finite number of at least 0 and below 1"),
    (arguments.check_number, math.nan, ArgumentError, "got nan, expected a finite number"),
    (arguments.check_number, math.inf, ArgumentError, "got inf, expected a finite number"),
    (arguments.check_number, 1j, ArgumentTypeError, "got 1j, expected a finite number"),
    (arguments.check_flag, 1, ArgumentTypeError, "got 1, expected True or False"),
    (arguments.check_text, b"a", ArgumentTypeError, "got b'a', expected a text"),
    (choice, "fer", ArgumentError, "got 'fer', expected one of near, far; did you mean 'far'?"),
    (choice, "zzz", ArgumentError, "got 'zzz', expected one of near, far"),
    (choice, 3, ArgumentTypeError, "got 3, expected one of near, far"),
    (arguments.check_path, "", ArgumentTypeError, "got '', expected the path of a file"),
    (arguments.check_path, 3, ArgumentTypeError, "got 3, expected the path of a file"),
    (arguments.check_path, b"a", ArgumentTypeError, "got b'a', expected the path of a file"),
]


@pytest.mark.parametrize(("check", "value", "error", "words"), REFUSED)
def test_the_line_says_what_was_expected(check, value, error, words):
    with pytest.raises(error) as refused:
        check("argument", value)
    assert str(refused.value) == f"argument: {words}"


def test_a_count_may_be_open_on_either_side():
    assert arguments.check_count("jobs", -1, None) == -1
    with pytest.raises(ArgumentError, match="jobs: got 9, expected a whole number of at most 8"):
        arguments.check_count("jobs", 9, None, 8)
    with pytest.raises(ArgumentError, match="jobs: got 0, expected a whole number of at least 1"):
        arguments.check_count("jobs", 0)


def test_what_is_left_to_the_recipe_stays_none():
    assert arguments.check_max_steps(None) is None
    assert arguments.check_max_seconds(None) is None
    assert arguments.check_max_steps(0) == 0
    with pytest.raises(ArgumentError, match="max_seconds: got 0, expected a finite number above 0"):
        arguments.check_max_seconds(0)


def test_a_whole_number_beyond_every_float_is_refused():
    with pytest.raises(ArgumentError, match="max_seconds: got 1000.*expected a finite number above 0"):
        arguments.check_max_seconds(10**400)


def test_a_long_value_is_cut_and_kept_in_one_line():
    line = arguments.refusal("x", np.zeros((9, 9)), "a number", "pass x[0, 0]")
    assert "\n" not in line
    assert len(line) < 110
    assert line.endswith("..., expected a number; pass x[0, 0]")


def test_checking_is_light():
    code = "import sys, sciml.arguments; print({'torch', 'numpy'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("set()\n", "")

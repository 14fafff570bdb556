"""Faults 1, 2, 7, 8 for flames: what is refused, and what is never called a flame."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import pytest

import sciml
from sciml.errors import ArgumentError, ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.references import premixed_reference
from sciml.numerics.domains import Interval

Nagumo = type(sciml.load_problem("nagumo-front"))

FILE = """
from dataclasses import dataclass, replace
from sciml.numerics.domains import Interval
from sciml.pinn import Scalar
from sciml.problems.nagumo_front import NagumoFront
from sciml.problems.premixed_flame import PremixedFlame
from sciml.problems.zfk_flame import ZfkFlame


@dataclass(frozen=True)
"""
FROZEN = """class Frozen(PremixedFlame):
    @property
    def scalars(self):
        (known,) = super().scalars.values()
        return {"s_L": replace(known, guess=8 * known.guess)}

    def recipe(self, quick=False):
        return replace(super().recipe(quick), max_steps=40)
"""
SLOW = """class Slow(ZfkFlame):
    @property
    def scalars(self):
        return {"m": Scalar(0.1, positive=True, bound=0.5)}
"""
NARROW = """class Narrow(NagumoFront):
    @property
    def interval(self):
        return Interval(-1.5, 1.5)
"""
REVERSED = """class Reversed(NagumoFront):
    @property
    def interval(self):
        return Interval(15.0, -15.0)
"""


@pytest.fixture
def written(tmp_path):
    """Write a user's file with this problem class, and return its path."""

    def write(text):
        path = tmp_path / "mine.py"
        path.write_text(FILE + text)
        return path

    return write


# 1: bounds


@dataclass(frozen=True)
class Boxed(Nagumo):
    """Nagumo's front on a box of the caller's."""

    box: tuple[float, float] = (-15.0, 15.0)

    @property
    def interval(self) -> Interval:
        return Interval(*self.box)


@pytest.mark.parametrize(
    "box", [(15.0, -15.0), (3.0, 3.0), (-math.inf, 15.0), (-15.0, math.nan), ("-15", 15.0), (True, 15.0)]
)
def test_a_front_needs_a_proper_interval(box):
    with pytest.raises(ScimlError, match="left|right|interval|domain") as refused:
        sciml.solve(Boxed(box=box), quick=True)
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_a_reversed_front_is_a_usage_error(refused, written):
    assert "left < right" in refused(2, "solve", written(REVERSED), "--quick")


@pytest.mark.parametrize("length", [0.0, -1e-3, math.nan, math.inf])
def test_the_reference_needs_a_proper_length(length):
    with pytest.raises(ArgumentError, match="length: got .*positive number of metres"):
        premixed_reference(Mixture(), length)


# 2: counts


@dataclass(frozen=True)
class Sized(Nagumo):
    """Nagumo's front with another recipe."""

    sizes: tuple[tuple[str, object], ...] = ()

    def recipe(self, quick: bool = False):
        return replace(super().recipe(quick), **dict(self.sizes))


@pytest.mark.parametrize("value", [0, -5, True, 12.0])
@pytest.mark.parametrize(("name", "spoken"), [("points", "points"), ("hidden", "width")])
def test_points_and_widths_are_whole_numbers(name, spoken, value):
    sizes = ((name, (value,) if name == "hidden" else value),)
    with pytest.raises(ScimlError, match=f"{spoken}: got {value}") as refused:
        sciml.solve(Sized(sizes=sizes))
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("steps", ["-1", "2.5"])
def test_steps_are_whole_numbers(refused, steps):
    assert "max" in refused(2, "solve", "premixed-flame", "--max-steps", steps)


# 7: ranges, temperatures, domains


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("premixed-flame", "phi=0.2", "'phi': got 0.2"),
        ("premixed-flame", "phi=1.2", "'phi': got 1.2"),
        ("premixed-flame", "phi=nan", "'phi': got nan"),
        ("premixed-flame", "T_in=6000", "'T_in': got 6000"),
        ("premixed-flame", "p_atm=0", "'p_atm': got 0"),
        ("power-law-front", "n=0", "'n': got 0"),
        ("power-law-front", "n=2.5", "'n': got '2.5'"),
        ("nagumo-front", "a=1.0", "'a': got 1"),
        ("zfk-flame", "Le=0", "'Le': got 0"),
        ("zfk-flame", "gamma=1.0", "'gamma': got 1"),
        ("zfk-flame", "gamma=0.2", "beta/(1 - gamma) = 12.5"),
    ],
)
def test_a_flame_out_of_range_is_refused_before_anything_is_written(refused, tmp_path, name, given, words):
    line = refused(2, "solve", name, "--set", given, "--out", tmp_path / "run")
    assert words in line
    assert "expected" in line
    assert not (tmp_path / "run").exists()


def test_fresh_gas_hotter_than_burnt_gas_is_refused():
    with pytest.raises(ArgumentError, match=r"burnt gas of .* K: expected at least 1.5 times T_in = 800 K"):
        Mixture(T_in=800.0, heat=1e6)


def test_a_domain_too_narrow_for_the_flame_is_refused_with_the_length_that_would_do():
    with pytest.raises(
        ArgumentError, match=r"length: 0.0004 m is too narrow, .* expected at least"
    ) as refused:
        premixed_reference(Mixture(phi=0.4), 4e-4)
    enough = float(str(refused.value).rsplit("at least ", 1)[1].split(" m")[0])
    assert premixed_reference(Mixture(phi=0.4), enough).s_L == pytest.approx(0.267820482020, rel=1e-10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FROZEN, "not a flame: "),
        (SLOW, "not a front: "),
        (NARROW, "theta is 0."),
    ],
    ids=["premixed flame", "zfk flame", "box too narrow"],
)
def test_a_frozen_extinct_or_cut_off_flame_is_invalid(command, written, tmp_path, text, words):
    ran = command("solve", written(text), "--quick", "--json", "--out", tmp_path / "run")
    report = json.loads(ran.out)
    assert ran.code == 4
    assert report["status"] == "invalid"
    assert words in report["message"]
    assert json.loads((tmp_path / "run" / "report.json").read_text())["status"] == "invalid"


# 8: names


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("premixed-flam",), "did you mean 'premixed-flame'"),
        (("zfk_flam",), "did you mean 'zfk-flame'"),
        (("nagumo",), "nagumo-front"),
        (("premixed-flame", "--set", "phy=0.4"), "did you mean 'phi'"),
        (("premixed-flame", "--set", "Tin=300"), "did you mean 'T_in'"),
        (("zfk-flame", "--set", "le=1"), "did you mean 'Le'"),
        (("premixed-flame", "--method", "bfg"), "did you mean 'bfgs'"),
        (("nagumo-front", "--method", "adams"), "did you mean 'adam'"),
        (("premixed-flame", "--start", "ritz"), "random"),
    ],
)
def test_a_misspelled_name_gets_the_nearest(refused, argv, words):
    assert words in refused(2, "solve", *argv)

"""Rows inside linear inequalities: the reader of texts, the sampler's law, and the density's mass."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.tables.constraints import restrict as module
from sciml.tables.constraints.inequalities import parse
from sciml.tables.constraints.restrict import Constraints, mass_inside, restrict, sample_inside

SIZE = 1e-3


def normal(n, seed):
    """Two independent standard normal columns."""
    return pd.DataFrame(np.random.default_rng(seed).standard_normal((n, 2)), columns=["a", "b"])


def holds(text, **values):
    frame = pd.DataFrame({name: [value] for name, value in values.items()})
    return bool(Constraints.parse([text], frame).inside(frame)[0])


@pytest.mark.parametrize(
    "text",
    [
        "a + 2*b <= 3", "a >= 0", "a<=b", "a < b", "-a + b*2 > 1.5e0", "3 - a <= b/4", "0 <= a",
        "2*3*a/4 >= b - .5", "+a<=b", "1e-3*a <= b", "a/3 + b/7 <= 0.1", "3 >= a",
    ],
)  # fmt: skip
def test_texts_mean_what_they_say_in_python(text):
    """The rule's truth is that of the same text as an expression on the numbers of each row."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.integers(-6, 7, (400, 2)) / rng.choice([1.0, 2.0, 3.0], (400, 1)), columns=["a", "b"]
    )
    expected = [eval(text, {}, {"a": a, "b": b}) for a, b in frame.to_numpy()]
    found = Constraints.parse([text], frame).inside(frame)
    assert found.tolist() == expected
    assert 0 < found.sum() < len(found)


def test_chains_hold_every_link():
    assert holds("0 <= a <= b < 3", a=1, b=2)
    assert not holds("0 <= a <= b < 3", a=1, b=3)
    assert not holds("0 <= a <= b < 3", a=-1, b=2)
    assert holds("3 > b ≥ a", a=2, b=2)


def test_names_with_spaces_and_signs_are_found_the_longest_first():
    assert holds("mean radius <= worst radius", **{"mean radius": 1, "worst radius": 2, "mean": 9})
    assert not holds("a-b <= 0", **{"a-b": 1, "a": 0, "b": 5})
    assert holds("`a`-`b` <= 0", **{"a-b": 1, "a": 0, "b": 5})
    assert holds("'x <= y' < 2*\"größe (cm)\"", **{"x <= y": 1, "größe (cm)": 1})
    assert holds("größe (cm) >= 1", **{"größe (cm)": 1})
    assert not holds("2*b <= 3", **{"2": 0, "b": 2})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a + b", "none of <=, >=, <, >"),
        ("a == b", "cannot read '== b'"),
        ("a = b", "cannot read '= b'"),
        ("a * b <= 1", "'a \\* b' is not linear"),
        ("1/a <= 1", "'1 / a' is not linear"),
        ("a/0 <= 1", "divides by zero"),
        ("(a + b) <= 1", "cannot read '\\(a"),
        ("a <= ", "a side is empty"),
        ("a + <= 1", "ends a side with '\\+'"),
        ("a + - b <= 1", "cannot read '- b'"),
        ("2* -a <= 1", "cannot read"),
        ("2 a <= 1", "cannot read '2 a'"),
        ("1 <= 2", "numbers alone"),
        ("1e999*a <= 2", "too large"),
        ("aa <= 1", "no column 'aa'; did you mean 'a'"),
        ("`B` <= 1", "no column 'B'; did you mean 'b'"),
        ("__import__('os').system('true') <= 1", "no column '__import__'"),
        ("a.__class__ <= 1", "cannot read '.__class__"),
        ("lambda: 0 <= a", "no column 'lambda'"),
        ("kind <= 1", "column 'kind' holds categories"),
        ("a <= nan", "no column 'nan'"),
        ("+".join(["a"] * 600) + "<= 1", "at most 1000"),
        ("", "none of"),
    ],
)
def test_what_is_no_linear_inequality_is_refused(text, words):
    frame = pd.DataFrame({"a": [1.0], "b": [2.0], "kind": ["x"]})
    with pytest.raises(ArgumentError, match=words):
        Constraints.parse([text], frame)


def test_over_missing_cells_a_constraint_is_unknown_and_integers_are_numbers():
    frame = pd.DataFrame({"a": [1.0, np.nan], "k": pd.array([1, 2], dtype="Int64")})
    assert Constraints.parse(["a <= 5"], frame).inside(frame).tolist() == [True, True]
    assert Constraints.parse(["k < 2"], frame).inside(frame).tolist() == [True, False]
    assert Constraints.parse(["k <= 2"], frame).inside(frame).all()


def test_every_draw_is_inside_and_follows_the_truncated_law():
    rule = Constraints.parse(["a >= 0.5", "a + 2*b <= 3"], normal(0, 0))
    rows = sample_inside(normal, rule, 4000, seed=1)
    assert len(rows) == 4000
    assert rows.index.tolist() == list(range(4000))
    assert (rows["a"] >= 0.5).all()
    assert (rows["a"] + 2 * rows["b"] <= 3).all()
    many = normal(60_000, 99)
    expected = many[(many["a"] >= 0.5) & (many["a"] + 2 * many["b"] <= 3)]
    for name in "ab":
        assert stats.ks_2samp(rows[name], expected[name]).pvalue > SIZE / 2
    wrong = normal(60_000, 98).assign(a=lambda frame: frame["a"].abs() + 0.5)  # moved inside, not drawn there
    assert stats.ks_2samp(wrong["a"][:4000], expected["a"]).pvalue < 1e-6


def test_draws_are_the_same_for_the_same_seed_and_do_not_repeat_across_chunks(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 500)
    rule = Constraints.parse(["a >= 0"], normal(0, 0))
    first, again = (sample_inside(normal, rule, 3000, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first["a"].is_unique
    assert not first.equals(sample_inside(normal, rule, 3000, seed=6))


def test_no_rows_are_an_empty_table_and_absurd_numbers_are_refused():
    rule = Constraints.parse(["a >= 0"], normal(0, 0))
    assert sample_inside(normal, rule, 0).columns.tolist() == ["a", "b"]
    with pytest.raises(ArgumentError, match="expected at least 0"):
        sample_inside(normal, rule, -1)
    for wrong in (2.5, True, "3"):
        with pytest.raises(ArgumentTypeError, match="expected an integer"):
            sample_inside(normal, rule, wrong)


@pytest.mark.parametrize("text", ["a >= 9", "a < a"])
def test_hopeless_constraints_are_said_to_be(text, monkeypatch):
    drawn = []

    def draw(n, seed):
        drawn.append(n)
        return normal(n, seed)

    with pytest.raises(ArgumentError, match=f"constraints {text}: 0 of .* draws .* loosen the constraints"):
        sample_inside(draw, Constraints.parse([text], normal(0, 0)), 10)
    assert sum(drawn) < 2 * module.HOPELESS


def test_mass_and_its_error_are_those_of_the_normal_law():
    rule = Constraints.parse(["a + b >= 1"], normal(0, 0))
    exact = stats.norm.sf(1 / math.sqrt(2))
    off = []
    for seed in range(30):
        mass = mass_inside(normal, rule, draws=4000, seed=seed)
        off.append((mass.value - exact) / mass.error)
    tail = stats.chi2.cdf((np.array(off) ** 2).sum(), len(off))
    assert SIZE / 2 < tail < 1 - SIZE / 2


def test_mass_of_all_or_nothing_has_an_error_still():
    for text, share in (("a <= 99", 1.0), ("a > 99", 0.0)):
        mass = mass_inside(normal, Constraints.parse([text], normal(0, 0)), draws=1000)
        assert (mass.value, mass.error) == (share, 1e-3)


def test_the_restricted_density_integrates_to_one():
    side = (np.arange(400) + 0.5) / 400 * 12 - 6
    grid = pd.DataFrame(
        np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2), columns=["a", "b"]
    )
    free = -0.5 * (grid**2).sum(axis=1).to_numpy() - math.log(2 * math.pi)
    rule = Constraints.parse(["a >= 0.25", "a <= b + 1"], grid)
    mass = mass_inside(normal, rule, draws=200_000, seed=3)
    log_density, error = restrict(free, grid, rule, mass)
    assert (log_density[~rule.inside(grid)] == -np.inf).all()
    cell = (side[1] - side[0]) ** 2
    off = np.exp(log_density).sum() * cell - 1
    assert abs(off) < 3.3 * error + 0.01  # the staircase of cells along the edges
    assert abs(np.exp(free)[rule.inside(grid)].sum() * cell - 1) > 0.5  # not renormalised: far from it


def test_a_density_where_no_draw_fell_is_not_guessed():
    rule = Constraints.parse(["a >= 99"], normal(0, 0))
    with pytest.raises(ArgumentError, match="no draw of the model is inside"):
        restrict([0.0], normal(1, 0), rule, mass_inside(normal, rule, draws=100))


def test_both_halves_of_a_chain_share_its_text():
    assert {item.text for item in parse(" 0 <= a <= 1 ", ["a"])} == {"0 <= a <= 1"}
    assert str(Constraints(parse("0 <= a <= 1", ["a"]))) == "0 <= a <= 1"

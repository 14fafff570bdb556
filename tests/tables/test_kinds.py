"""What every kind of column keeps to. A new kind is one row of CASES."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sciml.errors import ArgumentError, DataError
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.column import Column
from sciml.tables.columns.kinds import KINDS, detected_kind, kind_of
from sciml.tables.columns.number_texts import as_numbers, found_texts
from sciml.tables.discrete.chain import DiscreteChain

N = 400
RNG = np.random.default_rng(0)
NORMAL = RNG.standard_normal(N)
DAYS = np.datetime64("2020-01-01") + RNG.integers(0, 1000, N).astype("timedelta64[D]")
A_DAY = ("2021-05-05", "2021-05-05")


@dataclass(frozen=True)
class Case:
    """A column as declared, training cells, a cell outside its support, and a text that means a cell."""

    declared: str
    cells: object
    outside: object = None
    text: tuple[str, object] = ("0.5", 0.5)

    @property
    def series(self):
        return pd.Series(self.cells, name="a")

    @property
    def column(self):
        return Column.fit(self.series, kind_of(self.declared, "a"), given=True)


CASES = [
    Case("real", NORMAL),
    Case("positive", np.exp(NORMAL), 0.0),
    Case("bounded(-1,3)", 4 / (1 + np.exp(-NORMAL)) - 1, 3.0),
    Case("integer", RNG.poisson(3.0, N) - 2, 0.5, ("-3", -3)),
    Case("hurdle(0)", np.where(RNG.random(N) < 0.4, 0.0, np.exp(NORMAL))),
    Case("hurdle(-1,2)", np.where(RNG.random(N) < 0.4, RNG.choice([-1.0, 2.0], N), NORMAL)),
    Case("circular(24)", np.mod(22 + 2 * NORMAL, 24), 25.0),
    Case("count", RNG.poisson(3.0, N), -1, ("3", 3)),
    Case("datetime", DAYS + RNG.random(N) * np.timedelta64(10**9, "us"), None, A_DAY),
    Case("date", DAYS.astype("datetime64[s]"), None, A_DAY),
    Case("duration", (1e9 * np.exp(NORMAL)).astype("timedelta64[ns]"), None, ("90min", "90min")),
    Case("categorical", RNG.choice(["x", "y", "z"], N), "w", ("y", "y")),
]
DENSITIES = [case for case in CASES if case.column.kind.has_density]
MASSES = [case for case in CASES if case.column.kind.has_masses]
BOUNDED = [case for case in CASES if case.outside is not None]


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.declared)


every_kind = each(CASES)


def test_every_kind_has_a_case():
    assert {kind_of(case.declared, "a").name for case in CASES} == KINDS.keys()


@every_kind
def test_cells_survive(case):
    kind, coded = case.column.kind, case.column.kind.encode(case.series)
    cells = kind.decode(coded.number, coded.code, str(case.series.dtype))
    assert coded.inside.all()
    assert not coded.missing.any()
    assert cells.dtype == case.series.dtype
    compare = assert_array_equal if cells.dtype.kind not in "f" else assert_allclose
    compare(cells.to_numpy(), case.series.to_numpy())


@each(DENSITIES)
def test_the_log_determinant_is_the_slope_of_the_number(case):
    kind, x = case.column.kind, case.series
    step, error = {"date": (1.0, 2e-3), "datetime": (1e-3, 1e-5)}.get(kind.name, (1e-6, 1e-6))
    unit = {"M": pd.Timedelta(days=1), "m": pd.Timedelta(seconds=1)}.get(x.dtype.kind, 1.0)
    (above, below) = (kind.encode(x + sign * step * unit).number for sign in (1, -1))
    there = np.isfinite(kind.encode(x).number)
    assert there.any()
    slope = np.log((above - below)[there] / (2 * step))
    assert_allclose(kind.encode(x).log_det[there], slope, atol=error)


@each(DENSITIES)
def test_far_numbers_stay_inside(case):
    kind = case.column.kind
    far = np.array([-1e300, -1e5, 1e5, 1e300])
    cells = kind.decode(far, None if not kind.has_masses else np.ones(4, int), "float64")
    assert kind.encode(cells).inside.all()
    assert np.isfinite(kind.encode(cells).log_det).all()


@each(MASSES)
def test_draws_of_the_masses_are_cells_and_their_masses_sum_to_one(case):
    kind, n = case.column.kind, 5000
    codes = kind.encode(case.series).code[:, None]
    chain = DiscreteChain.fit([kind], codes, np.zeros(codes.shape, bool), np.zeros((N, 0)))
    draws = chain.sample(np.zeros((n, 0)), np.random.default_rng(1))[:, 0]
    assert kind.encode(kind.decode(np.zeros(n), draws, str(case.series.dtype))).inside.all()
    several = np.arange(kind.levels_count) if kind.levels_count else np.arange(-3000, 3001)
    mass = np.exp(
        chain.log_prob(several[:, None], np.zeros((len(several), 1), bool), np.zeros((len(several), 0)))
    )
    assert 1 - 1e-3 < mass.sum() < 1 + 1e-12


@each(
    [
        *DENSITIES,
        Case("date", pd.Series(DAYS.astype("datetime64[s]")).dt.strftime("%d/%m/%Y")),
        Case("date", pd.Series(DAYS.astype("datetime64[s]")).dt.strftime("%Y%m%d").astype(int)),
    ]
)
def test_cells_measured_have_the_slope_of_the_density(case):
    """However a cell is written, its numbers rise as the log determinant says."""
    kind = case.column.kind
    coded = kind.encode(case.series)
    there = np.isfinite(coded.number)
    y, step = coded.number[there], 1e-4
    slope = (kind.measured(y + step) - kind.measured(y - step)) / (2 * step)
    assert_allclose(-np.log(np.abs(slope)), coded.log_det[there], atol=1e-4)


@each(BOUNDED)
def test_what_lies_outside_is_marked_and_refused_in_training(case):
    kind, cells = case.column.kind, case.series.astype(object)
    cells[7] = case.outside
    coded = kind.encode(cells)
    assert_array_equal(np.flatnonzero(~coded.inside), [7])
    assert all(np.isfinite(part).all() for part in (coded.number, coded.log_det) if part is not None)
    if not kind.levels_count:  # another level would be one of training's
        with pytest.raises(DataError, match="in row 7 .*expected"):
            kind_of(case.declared, "a").fit(cells.astype(float).rename("a"))


@every_kind
def test_missing_cells_are_marked_and_no_context(case):
    cells = case.series.astype(object)
    cells[3] = None
    coded = case.column.kind.encode(cells)
    assert_array_equal(np.flatnonzero(coded.missing), [3])
    assert coded.inside.all()
    context = case.column.context(coded)
    assert context.shape == (N, case.column.kind.context_size)
    assert_array_equal(context[3], 0)
    assert np.isfinite(context).all()
    assert np.abs(context).max() < 10
    assert context.std(0).max() > 0.1


def test_a_level_is_one_number_of_as_many_as_there_are():
    column = Column.fit(pd.Series(["x", "z", "y", "x"], name="a"), kind_of("categorical", "a"), given=True)
    cells = pd.Series(["y", None, "w", "x"], name="a")
    context = column.context(column.kind.encode(cells))
    assert_array_equal(context, [[0, 1, 0], [0, 0, 0], [0, 0, 0], [1, 0, 0]])


@every_kind
def test_a_constant_column_is_refused(case):
    cells = case.series.copy()
    cells[:] = cells[0]
    with pytest.raises(DataError, match="'a' is constant"):
        kind_of(case.declared, "a").fit(cells)


@every_kind
def test_the_saved_description_says_all(case):
    column = case.column
    assert Column.read(json.loads(json.dumps(column.values()))) == column
    with pytest.raises((ValueError, TypeError)):
        Column.read({**column.values(), "surprise": 1})


@every_kind
def test_texts_of_the_command_line_mean_cells(case):
    text, cell = case.text
    parsed = case.column.kind.parse(text, "a")
    assert (parsed, type(parsed)) == (cell, type(cell))
    with pytest.raises(ArgumentError, match="given: column 'a'"):
        case.column.kind.parse("what?", "a")
    with pytest.raises(ArgumentError, match="'a'"):
        kind_of(f"{case.column.kind.name}(1,2,x)", "a")


@pytest.mark.parametrize("declared", ["date", "datetime"])
def test_days_that_were_texts_are_decoded_as_numbers_on_request(declared):
    """As the judge asks for slopes: the log-determinant is theirs."""
    kind = kind_of(declared, "a").fit(pd.Series(DAYS.astype(str), name="a"))
    y = np.linspace(-1, 1, 9)
    above, below = (kind.measured(y + step) for step in (1e-4, -1e-4))
    within = Bounded(kind.low, kind.high)
    log_det = within.unbounded(within.bounded_again(y))[1]
    assert_allclose(log_det, -np.log((above - below) / 2e-4), atol=1e-5)


def test_what_lies_on_the_other_side_of_a_hurdle_is_impossible():
    kind = Case("hurdle(0)", np.where(RNG.random(N) < 0.4, 0.0, np.exp(NORMAL))).column.kind
    coded = kind.encode(pd.Series([-1.0, 0.0, 2.0]))
    assert coded.inside.tolist() == [False, True, True]
    assert np.isnan(coded.number).tolist() == [False, True, False]
    assert coded.code[1:].tolist() == [0, 1]


@pytest.mark.parametrize("share", [0.385, 0.785])
def test_a_hurdle_is_found_by_itself(share):
    amount = np.where(RNG.random(N) < share, 0.0, np.round(np.exp(3 + NORMAL), 2))
    kind = detected_kind(pd.Series(amount, name="amount")).fit(pd.Series(amount, name="amount"))
    assert (kind.atoms, kind.side) == ((0.0,), "above")
    assert "is exactly 0 in" in kind.remark(pd.Series(amount, name="amount"))
    rounded = pd.Series(np.round(NORMAL, 1), name="a")
    assert detected_kind(rounded).name == "real"


@pytest.mark.parametrize(
    ("texts", "kind", "written"),
    [
        (["2019-01-31", "2020-12-01"], "date", "ISO8601"),
        (["2019-01-31 10:20", "2020-12-01 00:00"], "datetime", "ISO8601"),
        (["31.01.2019", "01.12.2020"], "date", "%d.%m.%Y"),
        (["01/31/2019", "12/01/2020"], "date", "%m/%d/%Y"),
        (["31/01/2019", "12/01/2020"], "date", "%d/%m/%Y"),
        ([20190131, 20201201, 20190202, 20190303, 20190404], "date", "%Y%m%d"),
    ],
)
def test_days_are_found_drawn_as_they_are_written_and_within_the_range(texts, kind, written):
    days = (pd.Timestamp(2019, 1, 31) + pd.to_timedelta(RNG.integers(0, 300, N), "D")).to_series()
    form = {"ISO8601": "%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M"}.get(written, written)
    more = days.dt.strftime(form).astype(type(texts[0])).tolist()
    cells = pd.Series([*texts, *more], name="day")
    found = detected_kind(cells).fit(cells)
    assert (found.name, found.written) == (kind, written)
    drawn = found.decode(3 * RNG.standard_normal(500), None, str(cells.dtype))
    again, seen = found.days(drawn), found.days(cells)
    margin = 0.05 * (seen.max() - seen.min())
    assert (again >= seen.min() - margin).all()
    assert (again <= seen.max() + margin).all()
    if written != "ISO8601":
        assert found.encode(drawn).inside.all()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["$1,234.56", "$2.50"], [1234.56, 2.5]),
        (["1.234,56 €", "-12,50 €"], [1234.56, -12.5]),
        (["12%", "3.5 %"], [12.0, 3.5]),
        (["1'234.50", "12.00"], [1234.5, 12.0]),
        (["1 234,5", "2,5"], [1234.5, 2.5]),
        (["(1,234.00)", "55.10"], [-1234.0, 55.1]),
        (["1,234,567", "12,345"], [1234567.0, 12345.0]),
    ],
)
def test_texts_of_numbers_are_read_in_either_custom(texts, numbers):
    cells = pd.Series(texts, name="price")
    found = found_texts(cells)
    assert as_numbers(cells, found.marks).tolist() == numbers
    assert "'price' holds texts such as" in found.remark


@pytest.mark.parametrize(
    "texts", [["a", "b"], ["1.5", "2"], ["$5", "€7"], ["10.0.0.1", "1.2.3.4"], ["1-2", "3"]]
)
def test_other_texts_are_left_alone(texts):
    assert found_texts(pd.Series(texts, name="a")) is None


def test_a_column_above_0_over_three_orders_is_positive_and_says_so():
    wide, even = np.exp(2 * NORMAL), RNG.random(N) + 1e-4
    assert detected_kind(pd.Series(wide, name="a")).name == "positive"
    assert "taken as positive" in detected_kind(pd.Series(wide, name="a")).remark(pd.Series(wide, name="a"))
    assert detected_kind(pd.Series(even, name="a")).name == "real"


def test_ordered_categories_keep_their_order():
    cells = pd.Series(pd.Categorical(RNG.choice(["S", "M", "L"], N), ["S", "M", "L"], ordered=True), name="a")
    kind = kind_of("categorical", "a").fit(cells)
    assert kind.levels == ("S", "M", "L")
    drawn = kind.decode(None, np.array([0, 2]), "category")
    assert drawn.dtype.ordered
    assert drawn.tolist() == ["S", "L"]

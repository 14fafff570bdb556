"""What every kind of column keeps to. A new kind is one row of CASES."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sciml.errors import ArgumentError, DataError
from sciml.tables.columns.column import Column
from sciml.tables.columns.kinds import KINDS, kind_of
from sciml.tables.discrete.chain import DiscreteChain

N = 400
RNG = np.random.default_rng(0)
NORMAL = RNG.standard_normal(N)


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
    step = 1e-6
    (above, below) = (kind.encode(x + sign * step).number for sign in (1, -1))
    assert_allclose(kind.encode(x).log_det, np.log((above - below) / (2 * step)), atol=1e-6)


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
        kind_of(f"{case.column.kind.name}(1,2,3,4)", "a")

"""Masses of discrete columns: normalised, near a known truth, sampled as scored, rebuilt from plain state."""

import json

import numpy as np
import pytest
import torch
from scipy.special import softmax

from sciml.errors import FileError
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.encode import encode
from sciml.tables.columns.integer import Integer
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.counts import Logistics, NegativeBinomial, Tail
from sciml.tables.discrete.masses import Levels, Points
from sciml.tables.discrete.rebuild import rebuild

WIDE = np.arange(-3000, 3001)
FAMILIES = [
    Levels(4),
    Points((-2, 0, 1, 3, 7, 30)),
    NegativeBinomial(),
    Logistics(3, 4.0, 2.5),
    Logistics(3, 4.0, 2.5, floor=True),
    Logistics(3, 0.5, 0.8, logarithmic=True, floor=True),
    Tail(2.0, 3.0),
    Tail(2.0, 3.0, floor=True),
]


def masses(mass, theta, values):
    """Return the masses of `values`; what is no level has none."""
    if isinstance(mass, Levels):
        inside = (values >= 0) & (values < mass.levels)
        found = np.zeros(len(values))
        found[inside] = direct_masses(mass, theta, values[inside])
        return found
    return direct_masses(mass, theta, values)


def direct_masses(mass, theta, values):
    k = torch.as_tensor(values, dtype=torch.float64)
    rows = torch.as_tensor(theta, dtype=torch.float64).expand(len(values), mass.parameters)
    return mass.log_mass(k, rows).exp().numpy()


@pytest.mark.parametrize("mass", FAMILIES, ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_masses_sum_to_one(mass, seed):
    theta = 0.7 * np.random.default_rng(seed).standard_normal(mass.parameters)
    total = masses(mass, theta, WIDE).sum()
    if isinstance(mass, Tail):  # heavy: what lies beyond the range is the Cauchy density's own tail
        above, below = (0.5 - np.arctan((3000.5 + sign * 2) / 3) / np.pi for sign in (-1, 1))
        total += above / (0.5 + np.arctan(2.5 / 3) / np.pi) if mass.floor else above + below
    if isinstance(mass, Logistics) and mass.logarithmic:
        logits, means, log_scales = theta.reshape(3, -1)
        z = ((np.log(3000.5) - mass.center) / mass.scale - means) / np.exp(log_scales)
        total += (softmax(logits) / (1 + np.exp(z))).sum()
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("mass", FAMILIES, ids=repr)
def test_draws_have_the_masses(mass):
    theta = 0.5 * np.random.default_rng(1).standard_normal(mass.parameters)
    n = 40_000
    draws = mass.sample(np.tile(theta, (n, 1)), np.random.default_rng(2))
    p = masses(mass, theta, np.arange(-10, 31))
    counts = (draws[:, None] == np.arange(-10, 31)).sum(0)
    chi = ((counts - n * p)[p > 1e-3] ** 2 / (n * p * (1 - p))[p > 1e-3]).max()
    assert chi < 5.0**2  # 41 cells: false alarm below 3e-5
    assert counts[p == 0].sum() == 0


def test_far_integers_have_finite_masses():
    tail = Tail(0.0, 1.0)
    far = masses(tail, [], [10**6, 2**52])
    assert far == pytest.approx(1 / (np.pi * np.array([1e12, 2.0**104])), rel=1e-6)


def fitted(made, n=5000, **options):
    table = made(n, 0, **options)
    schema = Schema.infer(table.frame, table.declared, missing="impute")
    rows = encode(table.frame, schema)
    return schema, DiscreteChain.fit(
        [c.kind for c in schema.discrete], rows.discrete, rows.missing_discrete, rows.context
    )


def gap(made, schema, chain, **options):
    fresh = made(20_000, 1, **options)
    rows = encode(fresh.frame, schema)
    return (fresh.log_mass - chain.log_prob(rows.discrete, rows.missing_discrete, rows.context)).mean()


@pytest.fixture(scope="module")
def chain(made):
    return fitted(made)


def test_near_the_truth(made, chain):
    assert abs(gap(made, *chain)) < 0.05


@pytest.mark.slow
def test_near_the_truth_with_missing_cells(made):
    assert abs(gap(made, *fitted(made, gaps=0.2), gaps=0.2)) < 0.05


def test_masses_of_the_chain_sum_to_one(chain):
    schema, model = chain
    group, count, shape, visits = (g.ravel() for g in np.meshgrid(range(3), range(80), range(4), range(400)))
    rows = np.stack([group, count, shape, visits], 1)
    assert [column.name for column in schema.discrete] == ["group", "count", "shape", "visits"]
    assert model.order == (0, 2, 1, 3)  # levels first
    log_mass = model.log_prob(rows, np.zeros(rows.shape, bool), np.zeros((len(rows), 0)))
    assert np.exp(log_mass).sum() == pytest.approx(1.0, abs=2e-3)
    assert np.exp(log_mass).sum() < 1.0


def test_independent_columns_are_not_overfitted(made):
    rng = np.random.default_rng(3)
    train, fresh = (np.stack([rng.integers(0, 4, n), rng.poisson(4.0, n)], 1) for n in (1000, 20_000))
    kinds = (Categorical(tuple("abcd")), Integer())
    model = DiscreteChain.fit(kinds, train, np.zeros(train.shape, bool), np.zeros((1000, 0)))
    log_mass = model.log_prob(fresh, np.zeros(fresh.shape, bool), np.zeros((20_000, 0)))
    k = torch.as_tensor(fresh[:, 1]).double()
    truth = np.log(0.25) + (k * np.log(4.0) - 4.0 - torch.lgamma(k + 1)).numpy()
    assert 0 < (truth - log_mass).mean() < 0.02


def test_dependence_is_found():
    """The second column follows from the first by a table no linear model can write."""
    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 4, (2, 3000))
    third = np.where(rng.random(3000) < 0.9, (first + second) % 4, rng.integers(0, 4, 3000))
    rows = np.stack([first, second, third], 1)
    kinds = 3 * [Categorical(tuple("abcd"))]
    model = DiscreteChain.fit(kinds, rows, np.zeros(rows.shape, bool), np.zeros((3000, 0)))
    log_mass = model.log_prob(rows, np.zeros(rows.shape, bool), np.zeros((3000, 0))).mean()
    truth = -2 * np.log(4) + 0.925 * np.log(0.925) + 0.075 * np.log(0.025)
    assert abs(truth - log_mass) < 0.03


def test_sparse_and_heaped_integers():
    """Codes far apart have masses of their own; numbers never seen keep a little."""
    rng = np.random.default_rng(10)
    rows = rng.choice([0, 7, 2**40], (2000, 1))
    model = DiscreteChain.fit((Integer(),), rows, np.zeros(rows.shape, bool), np.zeros((2000, 0)))
    values = np.array([[0], [7], [2**40], [8], [-1], [2**53]])
    p = np.exp(model.log_prob(values, np.zeros((6, 1), bool), np.zeros((6, 0))))
    assert p[:3] == pytest.approx([1 / 3] * 3, abs=0.04)
    assert (p[3:] > 0).all()
    assert p[3:].max() < 1e-2


def test_values_seen_once_are_not_held_for_certain():
    """Four hundred draws, nearly all different, say nothing of single integers."""
    rng = np.random.default_rng(11)
    train, fresh = (np.rint(1e18**0.5 * rng.standard_normal((n, 1))).astype(int) for n in (400, 5000))
    model = DiscreteChain.fit((Integer(),), train, np.zeros(train.shape, bool), np.zeros((400, 0)))
    log_mass = model.log_prob(fresh, np.zeros(fresh.shape, bool), np.zeros((5000, 0)))
    truth = -0.5 * np.log(2 * np.pi * np.e) - np.log(1e9)
    assert log_mass.mean() == pytest.approx(truth, abs=0.08)


def test_context_is_used():
    rng = np.random.default_rng(5)
    context = rng.standard_normal((2000, 1))
    rows = (rng.random((2000, 1)) < 1 / (1 + np.exp(-3 * context))).astype(np.int64)
    kinds = (Categorical(("no", "yes")),)
    model = DiscreteChain.fit(kinds, rows, np.zeros(rows.shape, bool), context)
    p = np.exp(model.log_prob(np.ones((3, 1), int), np.zeros((3, 1), bool), np.array([[-1.0], [0.0], [1.0]])))
    assert p == pytest.approx([0.047, 0.5, 0.953], abs=0.04)
    assert model.sample(np.full((1000, 1), 4.0), rng).mean() > 0.98


def test_samples_are_scored_like_the_truth(made, chain):
    """The mean log mass of draws is the chain's negative entropy, near the truth's."""
    _, model = chain
    draws = model.sample(np.zeros((20_000, 0)), np.random.default_rng(6))
    absent = np.zeros(draws.shape, bool)
    found = model.log_prob(draws, absent, np.zeros((20_000, 0)))
    assert found.mean() == pytest.approx(made(20_000, 7).log_mass.mean(), abs=0.1)


def test_rebuilt_from_plain_values(chain):
    _, model = chain
    values = json.loads(json.dumps(model.values()))
    again = rebuild(values, {k: v.clone() for k, v in model.state_dict().items()})
    rows = model.sample(np.zeros((50, 0)), np.random.default_rng(8))
    absent = np.zeros(rows.shape, bool)
    assert np.array_equal(
        again.log_prob(rows, absent, np.zeros((50, 0))), model.log_prob(rows, absent, np.zeros((50, 0)))
    )
    assert np.array_equal(again.sample(np.zeros((50, 0)), np.random.default_rng(8)), rows)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: v.pop("order"),
        lambda v: v.update(order=[0, 1]),
        lambda v: v.update(order=[0, 0, 1, 2]),
        lambda v: v["stacks"][0][0].update(family="os.system"),
        lambda v: v["stacks"][0][0].update(hidden=10**9),
        lambda v: v["stacks"][0][0].update(mass={"levels": 10**12}),
        lambda v: v["stacks"][0][0].update(mass={"components": 2}),
        lambda v: v["stacks"][2][0].update(family="points", mass={"support": [2, 1]}),
        lambda v: v["stacks"][2][0].update(family="points", mass={"support": list(range(10**6))}),
        lambda v: v["sources"][0].update(levels=10**9),
        lambda v: v.update(context_features=-1),
        lambda v: v.update(stacks="x"),
    ],
)
def test_a_damaged_description_is_refused(chain, spoil):
    _, model = chain
    values = json.loads(json.dumps(model.values()))
    spoil(values)
    with pytest.raises(FileError, match="does not describe"):
        rebuild(values, dict(model.state_dict()))


def test_no_discrete_columns():
    model = DiscreteChain.fit((), np.zeros((9, 0), int), np.zeros((9, 0), bool), np.zeros((9, 0)))
    assert np.array_equal(
        model.log_prob(np.zeros((3, 0), int), np.zeros((3, 0), bool), np.zeros((3, 0))), np.zeros(3)
    )
    assert model.sample(np.zeros((3, 0)), np.random.default_rng(0)).shape == (3, 0)


def test_rows_in_pieces_are_rows_together(chain, monkeypatch):
    _, model = chain
    rows = model.sample(np.zeros((100, 0)), np.random.default_rng(9))
    absent, context = np.zeros(rows.shape, bool), np.zeros((100, 0))
    whole = model.log_prob(rows, absent, context)
    monkeypatch.setattr("sciml.tables.discrete.chain.CHUNK", 7)
    assert np.allclose(model.log_prob(rows, absent, context), whole, rtol=1e-13)

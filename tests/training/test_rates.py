"""Schedules and optimizers against their formulas, and plans that make no sense."""

import copy
import itertools
import math

import pytest
import torch
from torch import nn

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError
from sciml.training.fit import fit
from sciml.training.optimizers import Adam, AdamW
from sciml.training.plan import Minibatch
from sciml.training.schedules import Constant, Cosine, OneCycle, WarmUp

F64 = torch.float64


def test_constant_and_cosine():
    assert [Constant()(k, 10) for k in (0, 5, 9)] == [1.0, 1.0, 1.0]
    assert [Cosine(0.2)(k, 10) for k in (0, 5, 10)] == pytest.approx([1.0, 0.6, 0.2])


def test_one_cycle_rises_to_one_and_falls_to_its_end():
    cycle = OneCycle(rise=0.25, start=0.1, end=0.01)
    assert [cycle(k, 40) for k in (0, 5, 10, 25, 40)] == pytest.approx([0.1, 0.55, 1.0, 0.505, 0.01])
    falls = [cycle(k, 40) for k in range(10, 41)]
    assert falls == sorted(falls, reverse=True)


def test_warm_up_is_a_line_and_then_the_whole_of_the_other():
    warm = WarmUp(4, Cosine())
    assert [warm(k, 14) for k in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert warm(9, 14) == pytest.approx(0.5)
    assert warm(14, 14) == pytest.approx(0.0)


def trained(plan, start, slope):
    """Train x ↦ slope · w from `start` on one row, and return every weight on the way."""
    model = nn.Linear(1, 1, bias=False, dtype=F64)
    nn.init.constant_(model.weight, start)
    path = []

    def loss(rows):
        path.append(model.weight.item())
        return slope * model.weight.sum() + 0 * rows.sum()

    row = torch.zeros(4, 1, dtype=F64)
    fit(model, loss, row, plan, seed=0, monitor=Monitor(), validation=row)
    return [w for i, w in enumerate(path) if i == 0 or w != path[i - 1]]


def test_steps_of_adam_are_as_long_as_the_schedule_says():
    """With a constant gradient, step k of Adam is exactly the learning rate long, up to ε."""
    plan = Minibatch(6, 4, 0.1, every=1, schedule=OneCycle(0.5, 0.1, 0.2))
    path = trained(plan, 1.0, 3.0)
    lengths = [a - b for a, b in itertools.pairwise(path)]
    assert lengths == pytest.approx([plan.rate(k) for k in range(6)], rel=1e-7)


def test_weight_decay_is_decoupled():
    """Step of AdamW: w ← w − η (λ w + sign g), the same for any size of g."""
    plan = Minibatch(3, 4, 0.1, every=1, schedule=Constant(), optimizer=AdamW(weight_decay=0.5, eps=1e-300))
    expected = [2.0]
    for _ in range(3):
        expected.append(expected[-1] - 0.1 * (0.5 * expected[-1] + 1))
    for slope in (3.0, 1e-6):
        assert trained(plan, 2.0, slope) == pytest.approx(expected, rel=1e-12)


def test_adam_is_that_of_the_paper():
    """Two steps with g = 1 and then 3, by hand."""
    model = nn.Linear(1, 1, bias=False, dtype=F64)
    nn.init.zeros_(model.weight)
    step = Adam(betas=(0.5, 0.75), eps=0.1)(model, 0.2)
    m = v = w = 0.0
    for k, g in enumerate((1.0, 3.0), start=1):
        model.weight.grad = torch.full_like(model.weight, g)
        step.step()
        m, v = 0.5 * m + 0.5 * g, 0.75 * v + 0.25 * g**2
        w -= 0.2 * (m / (1 - 0.5**k)) / (math.sqrt(v / (1 - 0.75**k)) + 0.1)
    assert model.weight.item() == pytest.approx(w, rel=1e-13)


def test_a_function_may_make_several_optimizers():
    """Each keeps its own first rate, and the schedule multiplies all."""
    model = nn.Linear(2, 1, dtype=F64)

    def parts(model, rate):
        return [torch.optim.SGD([model.weight], rate), torch.optim.SGD([model.bias], 10 * rate)]

    def loss(rows):
        return model(rows).mean()

    before = copy.deepcopy(model.state_dict())
    rows = torch.ones(4, 2, dtype=F64)
    plan = Minibatch(2, 4, 0.1, every=5, schedule=WarmUp(2, Constant()), optimizer=parts)
    fit(model, loss, rows, plan, seed=0, monitor=Monitor(), validation=rows)
    torch.testing.assert_close(before["weight"] - model.weight, torch.full((1, 2), 0.15, dtype=F64))
    torch.testing.assert_close(before["bias"] - model.bias, torch.full((1,), 1.5, dtype=F64))


@pytest.mark.parametrize(
    "bad",
    [
        {"steps": -1},
        {"batch": 0},
        {"every": 0},
        {"max_steps": -1},
        {"patience": 0},
        {"skip": -1},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"holdout": 1.0},
        {"clip": 0.0},
        {"ema": 1.0},
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_refused_by_name(bad):
    with pytest.raises(ArgumentError, match=f"^{next(iter(bad))}: got"):
        Minibatch(**{"steps": 10, **bad})


@pytest.mark.parametrize("make", [lambda: WarmUp(0), lambda: Cosine(1.0), lambda: OneCycle(rise=-0.1)])
def test_a_schedule_that_makes_no_sense_is_refused(make):
    with pytest.raises(ArgumentError, match="got"):
        make()

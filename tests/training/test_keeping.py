"""Clipping, averaged weights, early stopping, and batches passed over."""

import math

import pytest
import torch

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.training.fit import fit
from sciml.training.plan import Minibatch
from sciml.training.schedules import Constant

F64 = torch.float64


def point(start=0.0):
    model = torch.nn.Linear(1, 1, bias=False, dtype=F64)
    torch.nn.init.constant_(model.weight, start)
    return model


def descent(model, rate):
    return torch.optim.SGD(model.parameters(), rate)


def run(model, loss, plan, rows=None, **known):
    rows = torch.zeros(8, 1, dtype=F64) if rows is None else rows
    monitor = Monitor()
    return fit(model, loss, rows, plan, seed=0, monitor=monitor, validation=rows, **known), monitor


@pytest.mark.parametrize(("slope", "length"), [(50.0, 2.0), (0.5, 0.5)])
def test_long_gradients_are_shortened_and_short_ones_left(slope, length):
    model = point()
    plan = Minibatch(3, 8, 0.1, schedule=Constant(), optimizer=descent, clip=2.0)
    run(model, lambda rows: slope * model.weight.sum() + rows.sum(), plan)
    assert model.weight.item() == pytest.approx(-3 * 0.1 * length, rel=1e-6)


def test_the_average_is_what_is_judged_and_kept():
    """w falls by one a step; a_k = d a + (1 − d) w_k with d = min(0.5, (1 + k)/(10 + k))."""
    model = point()
    plan = Minibatch(6, 8, 1.0, schedule=Constant(), optimizer=descent, ema=0.3, every=1)
    seen = []

    def loss(rows):
        seen.append((model.training, model.weight.item()))
        return model.weight.sum() + rows.sum()

    trained, _ = run(model, loss, plan)
    average = [0.0]
    for k in range(1, 7):
        d = min(0.3, (1 + k) / (10 + k))
        average.append(d * average[-1] - (1 - d) * k)
    assert [w for training, w in seen if not training] == pytest.approx(average)
    assert [w for training, w in seen if training] == [-float(k) for k in range(6)]
    assert (model.weight.item(), trained.best) == (pytest.approx(average[-1]), pytest.approx(average[-1]))


def test_whole_number_buffers_are_copied_into_the_average():
    model = torch.nn.BatchNorm1d(1, dtype=F64)
    rows = torch.arange(8.0, dtype=F64)[:, None]
    run(model, lambda x: (model(x) - 1).square().mean(), Minibatch(5, 8, 0.1, ema=0.5), rows)
    assert model.num_batches_tracked.item() == 5


def overfitting(model):
    """The training loss falls for ever; the validation loss is lowest at w = −2."""

    def loss(rows):
        w = model.weight.sum()
        return (w if model.training else (w + 2).square()) + rows.sum()

    return loss


def test_patience_ends_the_training_at_the_lowest():
    model = point()
    plan = Minibatch(100, 8, 1.0, schedule=Constant(), optimizer=descent, every=1, patience=3)
    trained, _ = run(model, overfitting(model), plan)
    assert (trained.status, trained.steps, trained.best_step) == (Status.CONVERGED, 5, 2)
    assert (model.weight.item(), trained.best) == (-2.0, 0.0)
    assert "3 looks" in trained.message


def test_patience_without_any_fall_is_stalled():
    model = point(-2.0)
    plan = Minibatch(100, 8, 1.0, schedule=Constant(), optimizer=descent, every=1, patience=3)
    trained, _ = run(model, overfitting(model), plan)
    assert (trained.status, trained.steps) == (Status.STALLED, 3)


def test_an_interrupt_is_not_taken_for_lost_patience():
    model, monitor = point(), Monitor()
    monitor.progress = lambda row: setattr(monitor, "interrupted", row["step"] == 10)
    plan = Minibatch(100, 8, 1.0, schedule=Constant(), optimizer=descent, every=5, patience=3)
    rows = torch.zeros(8, 1, dtype=F64)
    trained = fit(model, overfitting(model), rows, plan, seed=0, monitor=monitor, validation=rows)
    assert (trained.status, trained.steps) == (Status.INTERRUPTED, 11)


def poisoned():
    """Rows to be averaged, of which number 7 cannot be."""
    rows = torch.arange(12.0, dtype=F64)[:, None]
    rows[7] = math.nan
    return rows, torch.arange(12.0, dtype=F64)[:7, None]


def trained_on_poison(**known):
    model, (rows, held) = point(), poisoned()
    plan = Minibatch(12, 4, 0.1, every=4, schedule=Constant(), **known)
    monitor = Monitor()

    def loss(x):
        return (model.weight[0] - x).square().mean()

    return fit(model, loss, rows, plan, seed=0, monitor=monitor, validation=held), model, monitor


def test_the_row_to_blame_is_named():
    trained, model, _ = trained_on_poison()
    assert trained.status is Status.NONFINITE
    assert "(data rows 7)" in trained.message
    assert model.weight.isfinite().all()


def test_batches_passed_over_leave_no_trace_but_are_told():
    """Of every three batches one has row 7: four of twelve steps; the others train on."""
    trained, model, monitor = trained_on_poison(skip=4)
    assert (trained.status, trained.steps, len(monitor.rows)) == (Status.MAX_STEPS, 12, 8)
    assert "4 skipped" in trained.message
    assert 0 < trained.best < math.inf
    assert model.weight.isfinite().all()


def test_one_more_than_allowed_ends_the_training():
    trained, _, _ = trained_on_poison(skip=3)
    assert trained.status is Status.NONFINITE
    assert trained.steps < 12


def test_weights_that_overflow_are_not_kept():
    model = point(1.0)
    plan = Minibatch(9, 8, 1e200, every=1, schedule=Constant(), optimizer=descent)
    trained, _ = run(model, lambda rows: model.weight.sum().square() + rows.sum(), plan)
    assert trained.status is Status.NONFINITE
    assert model.weight.item() == 1.0

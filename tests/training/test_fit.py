"""The minibatch loop against the normal equations, and what it does when things go wrong."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.errors import DataError
from sciml.training.best import Best
from sciml.training.checkpoint import Checkpoints
from sciml.training.fit import fit
from sciml.training.plan import Minibatch
from sciml.training.rows import Rows, split

F64 = torch.float64


def line(seed=0):
    generator = torch.Generator().manual_seed(seed)
    model = nn.utils.skip_init(nn.Linear, 3, 1, dtype=F64)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=F64))
    return model


def table(rows=400, noise=0.3):
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(rows, 3, generator=generator, dtype=F64)
    y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=F64) + 0.7
    return torch.column_stack([x, y + noise * torch.randn(rows, generator=generator, dtype=F64)])


def squares(model):
    return lambda rows: (model(rows[:, :3])[:, 0] - rows[:, 3]).square().mean()


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def train(plan, *, seed=0, monitor=None, data=None, loss=None, **known):
    model = line()
    monitor = monitor or Monitor()
    data = table() if data is None else data
    trained = fit(model, (loss or squares)(model), data, plan, seed=seed, monitor=monitor, **known)
    return model, trained, monitor


def test_full_batches_end_at_the_solution_of_the_normal_equations():
    data = table()
    model, trained, _ = train(Minibatch(600, len(data), 0.1), data=data, validation=data)
    design = torch.column_stack([data[:, :3], torch.ones(len(data), dtype=F64)])
    exact = torch.linalg.solve(design.T @ design, design.T @ data[:, 3])
    torch.testing.assert_close(weights(model), exact, rtol=0, atol=1e-8)
    assert trained.status is Status.CONVERGED
    assert trained.best == pytest.approx(squares(model)(data).item(), rel=1e-14)


def test_small_batches_end_near_it():
    model, trained, _ = train(Minibatch(600, 32, 0.05))
    assert trained.status is Status.CONVERGED
    expected = torch.tensor([1.0, -2.0, 0.5, 0.7], dtype=F64)
    torch.testing.assert_close(weights(model), expected, rtol=0, atol=6 * 0.3 / math.sqrt(360))


def test_the_best_weights_are_kept_not_the_last():
    away = table()
    away[:, 3] *= -1  # training leads away from what the validation rows ask for
    held = table(100)
    start = line()
    exact = {"weight": torch.tensor([[1.0, -2.0, 0.5]], dtype=F64), "bias": torch.tensor([0.7], dtype=F64)}
    start.load_state_dict(exact)
    trained = fit(
        start, squares(start), away, Minibatch(20, every=5), seed=0, monitor=Monitor(), validation=held
    )
    assert (trained.status, trained.best_step) == (Status.STALLED, 0)
    assert torch.equal(start.weight, exact["weight"])


def test_history_has_every_loss_and_the_validation_losses():
    seen = []
    _, trained, monitor = train(Minibatch(25, every=10), monitor=Monitor(progress=seen.append))
    assert trained.steps == len(monitor.rows) == len(seen) == 25
    assert [int(row["step"]) for row in monitor.rows if "validation" in row] == [9, 19, 24]
    assert trained.best == min(row["validation"] for row in monitor.rows if "validation" in row)


def test_learning_rate_is_a_quarter_of_a_cosine():
    plan = Minibatch(100, learning_rate=0.2)
    assert [plan.rate(k) for k in (0, 50, 100)] == pytest.approx([0.2, 0.1, 0.0])
    assert Minibatch(100, learning_rate=0.2, max_steps=10).rate(5) == pytest.approx(0.1)


def test_the_same_seed_gives_the_same_bits_and_torch_is_left_alone():
    before = torch.get_rng_state()
    first, again, other = (weights(train(Minibatch(40, 16, 0.1), seed=seed)[0]) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_plan_cut_short_says_what_cut_it():
    _, steps, _ = train(Minibatch(40, 16, 0.1, max_steps=10))
    assert (steps.status, steps.steps) == (Status.MAX_STEPS, 10)
    assert "max_steps" in steps.message
    _, seconds, _ = train(Minibatch(40, 16, 0.1), monitor=Monitor(max_seconds=0.0))
    assert (seconds.status, seconds.steps) == (Status.MAX_STEPS, 0)
    assert "max_seconds" in seconds.message


def test_a_loss_that_still_falls_is_not_called_converged():
    _, trained, _ = train(Minibatch(3, 16, 1e-3, every=1))
    assert trained.status is Status.MAX_STEPS
    assert "still fell" in trained.message


def test_a_rival_out_of_reach_ends_the_training_and_one_within_it_changes_nothing():
    plan = Minibatch(600, 40, 0.01, every=10, patience=20)
    _, alone, _ = train(plan)
    _model, beside, _ = train(replace(plan, rival=alone.best))
    assert (beside.best, beside.steps) == (alone.best, alone.steps)
    _, behind, _ = train(replace(plan, rival=-1.0))
    assert behind.status is Status.STALLED
    assert "-1" in behind.message
    assert 200 <= behind.steps < alone.steps


def test_an_interrupt_is_an_interrupt_whatever_the_rival():
    """The look after it, a step before the training would have ended by itself, is no reason."""
    plan, monitor = Minibatch(600, 40, 0.01, every=10, patience=20, rival=-1.0), Monitor()
    _, behind, _ = train(plan)
    monitor.progress = lambda row: setattr(monitor, "interrupted", row["step"] == behind.steps - 2)
    _, trained, _ = train(plan, monitor=monitor)
    assert (trained.status, trained.steps) == (Status.INTERRUPTED, behind.steps - 1)


def test_twice_the_last_gain_has_to_reach_a_rival():
    best = Best({})
    for step, value in enumerate([10.0, 5.0, 4.9, 4.95]):
        best.look(step, lambda value=value: value, nn.Identity())
    # the last two looks gained 0.1: 4.7 is within reach
    assert not best.outpaced(4.71, 2)
    assert best.outpaced(4.69, 2)
    assert not best.outpaced(4.69, 4)
    assert not best.outpaced(None, 2)
    assert not best.outpaced(4.69, None)


def test_an_interrupt_ends_the_run_after_its_step_with_the_best_weights():
    def stop(row):
        monitor.interrupted = row["step"] == 11

    monitor = Monitor(progress=stop)
    model, trained, _ = train(Minibatch(600, 64, 0.05), monitor=monitor)
    assert (trained.status, trained.steps, trained.best_step) == (Status.INTERRUPTED, 12, 12)
    generator = torch.Generator().manual_seed(0)
    held = table()[split(400, 0.1, generator)[1]]
    assert squares(model)(held).item() == trained.best


def poisoned(value, after, gradient):
    """Least squares whose loss, or only its gradient, is `value` times too large from one step on."""

    def loss_of(model):
        steps = []

        def loss(rows):
            right = squares(model)(rows)
            if not model.training:
                return right
            steps.append(right)
            if len(steps) > after and gradient:
                right.register_hook(lambda slope: slope * value)
            return right * value if len(steps) > after and not gradient else right

        return loss

    return loss_of


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("gradient", [False, True])
def test_what_is_not_finite_ends_the_run_with_the_last_good_weights(value, gradient):
    plan = Minibatch(40, 16, 0.1, every=10)
    model, trained, monitor = train(plan, loss=poisoned(value, 25, gradient))
    assert (trained.status, trained.steps, trained.best_step) == (Status.NONFINITE, 25, 20)
    assert f"step 26: the {'gradient' if gradient else 'loss'} of its batch" in trained.message
    assert weights(model).isfinite().all()
    assert len(monitor.rows) == 25
    assert all(math.isfinite(row["loss"]) for row in monitor.rows)


def test_validation_rows_that_are_not_finite_are_found_before_the_first_step():
    held = table(10)
    held[3, 3] = math.nan
    model, trained, _ = train(Minibatch(40), validation=held)
    assert (trained.status, trained.steps) == (Status.NONFINITE, 0)
    assert "validation" in trained.message
    assert torch.equal(weights(model), weights(line()))


def test_dropout_is_on_in_training_and_off_in_validation_and_after():
    modes = set()
    model = line()

    def loss(rows):
        modes.add((model.training, torch.is_grad_enabled()))
        return squares(model)(rows)

    fit(model, loss, table(), Minibatch(3), seed=0, monitor=Monitor())
    assert modes == {(True, True), (False, False)}
    assert not model.training


class Versioned(nn.Linear):
    """A model whose state holds more than tensors, as neuraloperator's does."""

    def state_dict(self, *args, **kwargs):
        return {**super().state_dict(*args, **kwargs), "_metadata": {"version": 1}}

    def load_state_dict(self, state, *args, **kwargs):
        assert state["_metadata"] == {"version": 1}
        tensors = {name: x for name, x in state.items() if name != "_metadata"}
        return super().load_state_dict(tensors, *args, **kwargs)


def test_a_model_whose_state_holds_more_than_tensors_is_trained_and_taken_up_again(tmp_path):
    rows = table().float()
    whole, cut = Versioned(3, 1), Versioned(3, 1)
    cut.load_state_dict(whole.state_dict())
    plan = Minibatch(20, 64, 0.05, ema=0.9)

    def run(model, monitor):
        return fit(model, squares(model), rows, plan, seed=0, monitor=monitor)

    start = float(squares(whole)(rows).detach())
    run(whole, Monitor())
    assert float(squares(whole)(rows).detach()) < start
    for last in (10, None):
        keeper = Checkpoints(tmp_path, steps=5, resume=last is None)
        keeper.begin()
        monitor = Monitor(keeper=keeper)
        monitor.progress = lambda row, m=monitor, last=last: setattr(m, "interrupted", row["step"] == last)
        run(cut, monitor)
    assert torch.equal(cut.weight, whole.weight)


def test_each_pass_takes_every_row_once():
    source = Rows(torch.arange(12.0)[:, None], 4)
    passes = [torch.cat([source.batch(turn * 3 + i, 0) for i in range(3)])[:, 0] for turn in range(2)]
    assert all(torch.equal(p.sort().values, torch.arange(12.0)) for p in passes)
    assert not torch.equal(*passes)
    assert torch.equal(source.batch(1, 0)[:, 0], passes[0][4:8])
    assert not torch.equal(source.batch(1, 1), source.batch(1, 0))
    assert Rows(torch.arange(12.0), 100).batch(7, 0).shape == (12,)


def test_rows_held_out_are_not_trained_on():
    trained, held = split(20, 0.25, torch.Generator().manual_seed(0))
    assert len(held) == 5
    assert torch.equal(torch.cat([trained, held]).sort().values, torch.arange(20))
    assert [len(part) for part in split(2, 0.01, torch.Generator())] == [1, 1]
    with pytest.raises(DataError, match="1 rows"):
        split(1, 0.1, torch.Generator())

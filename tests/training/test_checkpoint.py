"""Going on from a checkpoint gives the bits of the run that was never stopped."""

import itertools

import pytest
import torch
from torch import nn

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.runs.writing import STAGE
from sciml.training.checkpoint import FOLDER, Checkpoints, checkpoints_in
from sciml.training.fit import fit
from sciml.training.optimizers import AdamW
from sciml.training.plan import Minibatch
from sciml.training.rows import Rows
from sciml.training.schedules import OneCycle

SIZE = 40
PLANS = {
    "plain": Minibatch(SIZE, 16, 0.03, every=7),
    "everything": Minibatch(
        SIZE,
        16,
        0.03,
        every=5,
        schedule=OneCycle(),
        optimizer=AdamW(),
        clip=0.5,
        ema=0.9,
        patience=50,
        skip=2,
    ),
    "momentum": Minibatch(SIZE, 16, 0.03, optimizer=lambda m, r: torch.optim.SGD(m.parameters(), r, 0.9)),
    "half as many optimizers again": Minibatch(
        SIZE,
        16,
        0.03,
        optimizer=lambda m, r: [
            torch.optim.Adam(m[0].parameters(), r),
            torch.optim.NAdam(m[3].parameters(), r),
        ],
    ),
}


def data():
    x = torch.randn(200, 3, generator=torch.Generator().manual_seed(1))
    return torch.column_stack([x, x.prod(1)])


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))


class Killed(BaseException):
    """As sudden as SIGKILL: nothing catches it."""


def watched(keeper=None, kill=None, stop=None):
    """A monitor that kills after recording a step, or asks to stop there."""

    def progress(row):
        monitor.interrupted = row["step"] == stop
        if row["step"] == kill:
            raise Killed

    monitor = Monitor(progress=progress, keeper=keeper)
    return monitor


def run(plan, *, monitor=None, rows=None, seed=3, validation=None, name="fit", **when):
    model, monitor = network(), monitor or watched(**when)
    torch.manual_seed(7)  # of the dropout
    rows = data() if rows is None else rows
    trained = fit(
        model, lambda x: (model(x[:, :3])[:, 0] - x[:, 3]).square().mean(), rows, plan,
        seed=seed, monitor=monitor, validation=validation, name=name,
    )  # fmt: skip
    history = [{k: v for k, v in row.items() if k != "seconds"} for row in monitor.rows]
    return model.state_dict(), trained, history, torch.get_rng_state()


def keeper(folder, **known):
    return Checkpoints(folder, **{"seconds": 0.0, "resume": True, "run": {"problem": "toy"}, **known})


@pytest.fixture(autouse=True)
def leave_torch_alone():
    with torch.random.fork_rng(devices=[]):
        yield


@pytest.fixture(autouse=True)
def every_step(monkeypatch):
    """Write as often as asked, whatever that costs; what a disk does at power loss is not tested here."""
    monkeypatch.setattr("sciml.training.checkpoint.SHARE", 1.0)
    monkeypatch.setattr("os.fsync", lambda handle: None)


def same(first, second):
    weights, trained, history, state = first
    assert all(torch.equal(weights[name], second[0][name]) for name in weights)
    assert (trained, history) == second[1:3]
    assert torch.equal(state, second[3])


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("kill", [(0,), (6, 7), (12, 13, 30), (SIZE - 1,)])
def test_killed_runs_go_on_to_the_same_bits(tmp_path, name, kill):
    plain = run(PLANS[name])
    for step in kill:
        with pytest.raises(Killed):
            run(PLANS[name], keeper=keeper(tmp_path), kill=step)
    same(run(PLANS[name], keeper=keeper(tmp_path)), plain)


@pytest.mark.parametrize("stop", [0, 11, 24])
def test_interrupted_runs_go_on_to_the_same_bits(tmp_path, stop):
    """What an interrupted run looks at before it leaves must not reach the run that goes on."""
    plan = PLANS["everything"]
    plain = run(plan)
    early = run(plan, keeper=keeper(tmp_path), stop=stop)
    assert (early[1].status, early[1].steps) == (Status.INTERRUPTED, stop + 1)
    again = run(plan, keeper=keeper(tmp_path))
    same(again, plain)


@pytest.mark.parametrize(
    "when", [{"seconds": 0.0}, {"seconds": 1e-3}, {"seconds": 1e9}, {"steps": 13}], ids=str
)
def test_when_it_is_saved_changes_nothing(tmp_path, when):
    same(run(PLANS["everything"], keeper=keeper(tmp_path, **when)), run(PLANS["everything"]))
    assert max(checkpoints_in(tmp_path)) == ("fit", SIZE)


def test_steps_between_two_checkpoints(tmp_path):
    with pytest.raises(Killed):
        run(PLANS["plain"], keeper=keeper(tmp_path, steps=5), kill=22)
    assert sorted(checkpoints_in(tmp_path)) == [("fit", 15), ("fit", 20)]


def test_batches_passed_over_are_remembered(tmp_path):
    rows = data()
    rows[[3, 50]] = torch.nan
    held = data()[:20]
    plan = PLANS["everything"]
    plain = run(plan, rows=rows, validation=held)
    assert plain[1].status is Status.NONFINITE
    with pytest.raises(Killed):
        run(plan, rows=rows, validation=held, keeper=keeper(tmp_path), kill=10)
    same(run(plan, rows=rows, validation=held, keeper=keeper(tmp_path)), plain)


def test_a_stream_goes_on_where_it_stopped(tmp_path):
    batches = [Rows(data(), 16).batch(step, 1) for step in range(9)]
    held, plan = data()[:20], PLANS["plain"]
    plain = run(plan, rows=batches, validation=held)
    with pytest.raises(Killed):
        run(plan, rows=batches, validation=held, keeper=keeper(tmp_path), kill=13)
    same(run(plan, rows=batches, validation=held, keeper=keeper(tmp_path)), plain)


def test_lost_patience_is_not_regained(tmp_path):
    plan = Minibatch(400, 16, 0.5, every=1, patience=4)
    plain = run(plan)
    assert plain[1].steps < 400
    run(plan, keeper=keeper(tmp_path))
    same(run(plan, keeper=keeper(tmp_path)), plain)


def both(**when):
    """Two trainings one after the other, in one run."""
    monitor = watched(**when)
    return [run(PLANS[name], monitor=monitor, name=name) for name in ("plain", "everything")]


def test_a_plan_kept_before_it_had_a_setting_is_taken_up_with_the_default(tmp_path):
    plan, plain = PLANS["plain"], run(PLANS["plain"])
    with pytest.raises(Killed):
        run(plan, keeper=keeper(tmp_path), kill=10)
    place = keeper(tmp_path)
    found = place.newest("fit")
    del found.values["plan"]["rival"]
    place.keep("fit", found.values["step"], found)
    same(run(plan, keeper=keeper(tmp_path)), plain)


def test_trainings_of_one_run_have_their_own(tmp_path):
    """The first is finished when the second is killed; going on makes none of its steps again."""
    with pytest.raises(Killed):
        both(keeper=keeper(tmp_path), kill=SIZE + 20)
    assert max(checkpoints_in(tmp_path)) == ("plain", SIZE)
    assert ("everything", 20) in checkpoints_in(tmp_path)
    for again, plain in zip(both(keeper=keeper(tmp_path)), both(), strict=True):
        same(again, plain)


def test_the_clock_goes_on_too(tmp_path):
    monitor = Monitor(keeper=keeper(tmp_path), began=Monitor().began - 100)
    model = network()
    rows, plan = data(), PLANS["plain"]

    def loss(x):
        return model(x[:, :3]).square().mean()

    fit(model, loss, rows, plan, seed=0, monitor=monitor)
    later = Monitor(keeper=keeper(tmp_path), max_seconds=50.0)
    fit(model, loss, rows, plan, seed=0, monitor=later)
    assert later.seconds > 100
    assert not later.out_of_time
    seconds = [row["seconds"] for row in later.rows]
    assert seconds == [row["seconds"] for row in monitor.rows] == sorted(seconds)


def test_two_are_kept_and_nothing_else(tmp_path):
    run(PLANS["plain"], keeper=keeper(tmp_path))
    files = {path.name for path in (tmp_path / FOLDER).iterdir()}
    steps = [f"fit-{step:09d}" for step in (SIZE - 1, SIZE)]
    assert files == {f"{stem}.{end}" for stem, end in itertools.product(steps, ("json", "safetensors"))}


def test_without_resume_nothing_is_taken_up(tmp_path):
    run(PLANS["plain"], keeper=keeper(tmp_path))
    (tmp_path / FOLDER / "mine.txt").write_text("mine")
    fresh = keeper(tmp_path, resume=False)
    fresh.begin()
    assert fresh.newest("fit") is None
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["mine.txt"]


def test_the_folder_goes_when_it_is_empty(tmp_path):
    kept = keeper(tmp_path)
    run(PLANS["plain"], keeper=kept)
    kept.remove()
    assert list(tmp_path.iterdir()) == []
    kept.remove()


def test_what_a_killed_save_left_is_neither_used_nor_kept(tmp_path):
    """Fault 36: debris of a stage, and tensors whose JSON was never given its name."""
    with pytest.raises(Killed):
        run(PLANS["plain"], keeper=keeper(tmp_path), kill=20)
    folder = tmp_path / FOLDER
    (folder / f"{STAGE}dead").mkdir()
    (folder / "fit-000000022.safetensors").write_bytes(b"half")
    same(run(PLANS["plain"], keeper=keeper(tmp_path)), run(PLANS["plain"]))
    assert all(path.name.startswith(("fit-000000039", "fit-000000040")) for path in folder.iterdir())


def test_weights_that_are_not_finite_are_never_kept(tmp_path):
    """The checkpoint stays at the last finite state, though the loss does not tell yet."""
    plan = Minibatch(SIZE, 16, optimizer=lambda m, r: torch.optim.SGD(m.parameters(), 1e38), every=100)
    model = nn.Linear(3, 1, bias=False)

    def loss(x):
        return (model.weight.sum() * 1e3 + x.sum() * 0) if model.training else x.sum() * 0

    trained = fit(model, loss, data(), plan, seed=0, monitor=Monitor(keeper=keeper(tmp_path)))
    assert trained.status is Status.NONFINITE
    for _, step in checkpoints_in(tmp_path):
        kept = keeper(tmp_path)._read("fit", step)
        assert all(x.isfinite().all() for name, x in kept.tensors.items() if not name.startswith("history"))


def test_time_between_two_is_kept_and_grows_with_their_cost(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("sciml.training.checkpoint.time.monotonic", lambda: now[0])
    monkeypatch.setattr("sciml.training.checkpoint.SHARE", 0.02)

    def slow(*_, **__):
        now[0] += 1.0

    monkeypatch.setattr("sciml.training.checkpoint.write_together", slow)
    kept = keeper(tmp_path, seconds=5.0)
    snapshot = sciml.contracts.monitor.Snapshot({}, {})
    assert not kept.due(1)
    now[0] += 5
    assert kept.due(1)
    kept.keep("fit", 1, snapshot)
    now[0] += 48
    assert not kept.due(2)
    now[0] += 2
    assert kept.due(2)

"""Two processes train as one would; a lost one ends the other with a message, and the checkpoint loads.

Fault 43 has its tests here, since they need the same two processes.
"""

import json
import os
import socket
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

import sciml
from sciml.training.checkpoint import checkpoints_in
from sciml.training.distributed import Team, current, joined, leads

pytestmark = pytest.mark.distributed


def environment(**more):
    return {**os.environ, "OMP_NUM_THREADS": "1", **{name: str(value) for name, value in more.items()}}


def pair(program, *argv):
    """Start two processes that find each other, as torchrun would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [
        subprocess.Popen(
            [sys.executable, "-c", program, *map(str, argv)],
            env=environment(RANK=rank, LOCAL_RANK=rank, **shared),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


def ended(processes, seconds=120):
    """Return code, output and errors of each."""
    try:
        said = [process.communicate(timeout=seconds) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, *words) for process, words in zip(processes, said, strict=True)]


TRAINED = """
import torch
from torch import nn
from sciml.contracts.monitor import Monitor
from sciml.training.fit import fit
from sciml.training.plan import Minibatch
from sciml.training.optimizers import AdamW
class Half(nn.Module):
    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Linear(2, 6, dtype=torch.float64), nn.Linear(1, 1, dtype=torch.float64)
        self.last = nn.Linear(6, 1, dtype=torch.float64)
    def forward(self, x):
        return self.last(torch.tanh(self.used(x)))
def train(rank):
    weights = []
    for size in (15, 1):
        torch.manual_seed(rank)  # each process would begin elsewhere
        model = Half()
        x = torch.linspace(-1, 1, 200, dtype=torch.float64).reshape(100, 2)
        data = x, x.prod(1, keepdim=True)
        plan = Minibatch(25, size, 0.05, every=4, clip=0.1, ema=0.8, optimizer=AdamW(0.1))
        loss = lambda batch: (model(batch[0]) - batch[1]).square().mean()
        trained = fit(model, loss, data, plan, seed=3, monitor=Monitor())
        weights += [p.detach().flatten() for p in model.parameters()]
        weights += [torch.tensor([trained.best, trained.best_step], dtype=torch.float64)]
    return torch.cat(weights)
def interrupted(rank):
    model, monitor = nn.Linear(1, 1), Monitor()
    monitor.progress = lambda row: setattr(monitor, "interrupted", rank == 1 and row["step"] == 5)
    looks = []
    def loss(x):
        looks.extend([1] * (not model.training))
        return model(x).square().mean()
    trained = fit(model, loss, torch.ones(9, 1), Minibatch(20, 4), seed=0, monitor=monitor)
    return trained.status.name, trained.steps, len(looks)
"""
AS_TWO = (
    TRAINED
    + """
import sys
from sciml.training.distributed import joined
with joined() as team:
    torch.save(train(team.rank), f"{sys.argv[1]}/{team.rank}.pt")
    ended = interrupted(team.rank)
    assert ended == ("INTERRUPTED", 6, 0 if team.rank else 2), ended
    assert (team.size, torch.distributed.is_initialized()) == (2, True)
assert not torch.distributed.is_initialized()
"""
)


def test_two_processes_end_where_one_does(tmp_path):
    """Rows that do not divide by two, batches of one row, a layer without gradient: all within rounding.

    An interrupt of one of them ends both after the same step, and only the first looks at validation rows.
    """
    for code, _, err in ended(pair(AS_TWO, tmp_path)):
        assert code == 0, err
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    assert torch.equal(first, second)
    held = {}
    with torch.random.fork_rng(devices=[]):
        exec(TRAINED, held)
        alone = held["train"](0)
    torch.testing.assert_close(first, alone, rtol=0, atol=1e-11)


STEPS = 20
ARGUMENTS = ("solve", "two-moons", "--set", "samples=200", "--max-steps", STEPS, "--dtype", "float64")


@pytest.mark.slow
def test_the_command_under_torchrun_writes_once_and_finds_the_same(tmp_path):
    out = tmp_path / "run"
    argv = ["--standalone", "--nproc-per-node", 2, "-m", "sciml", *ARGUMENTS, "--json", "--out", out]
    ran = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *map(str, argv)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    said, _ = json.JSONDecoder().raw_decode(ran.stdout)
    assert ran.stdout.count('"problem"') == 1, ran.stderr
    report = json.loads((out / "report.json").read_text())
    assert said["metrics"] == report["metrics"]
    problem = sciml.load_problem("two-moons", samples=200)
    sciml.solve(problem, max_steps=STEPS, dtype="float64", out=tmp_path / "one")
    one, two = (load_file(folder / "model.safetensors") for folder in (tmp_path / "one", out))
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=0, atol=1e-9)


LOSING = """
import os, sys, time, signal
import sciml.training.checkpoint as checkpoint
import sciml.training.distributed as distributed
from sciml.contracts.monitor import Monitor
from sciml.cli import main
checkpoint.SECONDS, checkpoint.SHARE = 0.0, 1.0
distributed.joined.__wrapped__.__defaults__ = ("cpu", float(sys.argv[2]))
record = Monitor.record
def recorded(self, loss, **values):
    stop = record(self, loss, **values)
    if os.environ["RANK"] == "1" and len(self.rows) == 9:
        os.kill(os.getpid(), signal.SIGKILL) if sys.argv[1] == "dies" else time.sleep(60)
    return stop
Monitor.record = recorded
main(sys.argv[3:])
"""


@pytest.mark.parametrize(
    ("how", "patience"), [("dies", 100), pytest.param("hangs", 3, marks=pytest.mark.slow)]
)
def test_a_lost_process_ends_the_other_with_a_message_and_the_checkpoint_loads(
    tmp_path, command, how, patience
):
    """Fault 43."""
    out = tmp_path / "run"
    processes = pair(LOSING, how, patience, *ARGUMENTS, "--quiet", "--out", out)
    _, err = processes[0].communicate(timeout=100)
    processes[1].kill()
    processes[1].communicate()
    assert processes[0].returncode == 4, err
    lines = [line for line in err.splitlines() if line.startswith("sciml: ")]
    assert len(lines) == 1
    assert "process 0 of 2 lost the others" in lines[0]
    assert "--resume" in lines[0]
    assert "Traceback" not in err
    assert max(checkpoints_in(out)) == ("fit", 8)
    assert command(*ARGUMENTS, "--quiet", "--out", out, "--resume").code == 1
    assert json.loads((out / "report.json").read_text())["stats"]["steps"] == STEPS


WHOLE = "import sys; from sciml.cli import main; main(sys.argv[1:])"


@pytest.mark.slow
def test_two_processes_that_were_lost_go_on_as_two_to_the_same_bits(tmp_path):
    lost, plain = tmp_path / "lost", tmp_path / "plain"
    processes = pair(LOSING, "dies", 100, *ARGUMENTS, "--quiet", "--out", lost)
    assert {code for code, *_ in ended(processes)} == {4, -9}
    assert max(checkpoints_in(lost)) == ("fit", 8)
    for folder, more in ((lost, ["--resume"]), (plain, [])):
        for code, _, err in ended(pair(WHOLE, *ARGUMENTS, "--quiet", "--out", folder, *more)):
            assert code == 1, err  # so few steps do not pass
    one, two = (load_file(folder / "model.safetensors") for folder in (lost, plain))
    for name, weight in one.items():
        assert torch.equal(weight, two[name])


def test_alone_there_is_no_group():
    with joined() as team:
        assert team == current() == Team(0, 1)
        assert leads()
        assert team.device("cuda") == "cuda"
    assert not torch.distributed.is_initialized()

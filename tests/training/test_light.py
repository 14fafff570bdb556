"""Torch's optimizers without its compiler: the same bits, the same state, and no import of torch._dynamo."""

import subprocess
import sys
from copy import deepcopy
from functools import partial

import pytest
import torch
from torch.optim import LBFGS, Adam, AdamW, Muon

from sciml.training.light import light
from sciml.training.soap import SoapMatrices

STEPS = 20
MAKERS = {
    "adam": partial(Adam, lr=1e-2, fused=True),
    "adam, a loop": partial(Adam, lr=1e-2, foreach=False),
    "adam, decay": partial(Adam, lr=1e-2, weight_decay=0.1, betas=(0.5, 0.9), eps=1e-3),
    "adamw": partial(AdamW, lr=1e-2, weight_decay=0.3, fused=True),
    "muon": partial(Muon, lr=1e-2, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
    "soap": partial(SoapMatrices, lr=1e-2, frequency=3),
    "lbfgs": partial(LBFGS, max_iter=5, line_search_fn="strong_wolfe"),
}


def lightened(make):
    return partial(light(make.func), **make.keywords)


def weights(dtype):
    generator = torch.Generator().manual_seed(3)
    return [
        torch.nn.Parameter(torch.randn(n, 4, generator=generator, dtype=torch.float64).to(dtype))
        for n in (3, 5)
    ]


def train(optimizer, parameters, steps=STEPS):
    """Descend on a bowl that is no sum over the parameters' entries."""

    def closure():
        optimizer.zero_grad()
        loss = (parameters[1] @ parameters[0].mT - 1).square().sum()
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure) if isinstance(optimizer, LBFGS) else (closure(), optimizer.step())
    return parameters


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MAKERS)
def test_the_bits_are_torchs(name, dtype):
    make, ours, theirs = MAKERS[name], weights(dtype), weights(dtype)
    train(lightened(make)(ours), ours)
    train(make(theirs), theirs)
    assert same(ours, theirs)
    assert not same(ours, weights(dtype))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_groups_keep_their_own_rates_and_decays(dtype):
    ours, theirs = weights(dtype), weights(dtype)
    for parameters, kind in ((ours, light(AdamW)), (theirs, AdamW)):
        first, second = parameters
        groups = [{"params": [first], "weight_decay": 0.5}, {"params": [second], "lr": 1e-3}]
        train(kind(groups, lr=1e-2, weight_decay=0.0, fused=True), parameters)
    assert same(ours, theirs)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("there", [False, True])
def test_a_state_is_taken_up_from_torchs_own_and_by_it(name, there):
    """What was saved before, or will be read by another program, goes on to the same bits."""
    kinds = [MAKERS[name], lightened(MAKERS[name])]
    before, after = kinds if there else kinds[::-1]
    whole, half = weights(torch.float64), weights(torch.float64)
    train(before(whole), whole)
    first = before(half)
    train(first, half, STEPS // 2)
    second = after(half)
    second.load_state_dict(deepcopy(first.state_dict()))
    assert second.state_dict()["param_groups"] == first.state_dict()["param_groups"]
    train(second, half, STEPS - STEPS // 2)
    assert same(half, whole)


def test_hooks_and_schedulers_still_work():
    parameters, called = weights(torch.float64), []
    optimizer = light(Adam)(parameters, lr=1e-2)
    optimizer.register_step_post_hook(lambda *_: called.append(1))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    train(optimizer, parameters, 1)
    scheduler.step()
    assert (called, optimizer.param_groups[0]["lr"]) == ([1], pytest.approx(1e-3))
    assert isinstance(optimizer, Adam)


WITHOUT_COMPILER = """
import sys
import numpy, pandas, sciml
def light(what):
    assert "torch._dynamo" not in sys.modules, f"{what} imported the compiler"
def solve(name, parameters={}, **settings):
    solution = sciml.solve(sciml.load_problem(name, **parameters), quick=True, max_steps=2, **settings)
    assert len(solution.history) >= 1
    light((name, settings))
solve("nagumo-front")
solve("finite-well", start="random")
solve("banana")
for method in ("muon", "soap", "adam"):
    solve("antiderivative-operator", {"model": "galerkin"}, method=method)
rng = numpy.random.default_rng(0)
a, b = rng.normal(size=(2, 80))
frame = pandas.DataFrame({"a": a, "b": b, "c": rng.choice(["x", "y"], 80)})
sciml.flows.FlowDensity(max_seconds=2.0).fit(frame)
light("a table")
import torch
torch.optim.Adam([torch.nn.Parameter(torch.ones(1))])
assert "torch._dynamo" in sys.modules, "torch no longer does: light is no longer needed"
"""


def test_no_training_imports_the_compiler():
    ran = subprocess.run([sys.executable, "-c", WITHOUT_COMPILER], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")

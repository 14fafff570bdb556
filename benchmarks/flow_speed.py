"""Times of flows against the faster of two peers, the three called in turn."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import torch
from flow_peers import AUTOREGRESSIVE, Model, imported, models
from harness import cpu
from torch import Tensor, nn

Run = Callable[[], object]
BATCH, ROWS, DRAWS = 512, 2048, 1000
FEW, OFTEN = 10, 41  # draws of so few features take milliseconds, and are timed so often


def medians(functions: Sequence[Run], repeats: int) -> list[float]:
    """Median CPU ms of each, called in turn after a first round that does not count."""
    for function in functions:
        function()
    times = [[1e3 * cpu(function) for function in functions] for _ in range(max(7, repeats))]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def rows(count: int, features: int) -> Tensor:
    return torch.randn(count, features, generator=torch.Generator().manual_seed(1))


def step(model: Model, x: Tensor) -> Run:
    """Return a function that takes a training step: log_prob, backward, Adam."""
    optimizer = torch.optim.Adam(model.module.parameters(), 1e-5)

    def run() -> None:
        optimizer.zero_grad()
        (-model.log_prob(x).mean()).backward()
        optimizer.step()

    return run


def quiet(function: Callable[..., object], *arguments: object) -> Run:
    """Return a call without gradients."""

    def run() -> None:
        with torch.no_grad():
            function(*arguments)

    return run


def against(found: Sequence[Model], functions: Sequence[Run], repeats: int) -> tuple[float, str]:
    """The faster peer over ours, which comes last, and the times."""
    times = medians(functions, repeats)
    words = ", ".join(f"{model.name} {t:.3g} ms" for model, t in zip(found, times, strict=True))
    return min(times[:-1]) / times[-1], words


def training_step(kind: str, family: str, features: int, quick: bool) -> tuple[float, str]:
    found, x = models(kind, family, features), rows(BATCH, features)
    value, words = against(found, [step(model, x) for model in found], 7 if quick else 15)
    return value, f"{words}; {found[-1].size} parameters each"


def log_prob(kind: str, family: str, features: int, quick: bool) -> tuple[float, str]:
    found, x = models(kind, family, features), rows(ROWS, features)
    return against(found, [quiet(model.log_prob, x) for model in found], 7 if quick else 15)


def sampling(family: str, features: int, peers: Sequence[str]) -> tuple[float, str]:
    """Draws of autoregressive flows, against the faster of those peers."""
    every = models(AUTOREGRESSIVE, family, features)
    found = [model for model in every if model.name in (*peers, "sciml")]
    return against(found, [quiet(model.sample, DRAWS) for model in found], _repeats(features))


def sampling_of_nflows(features: int) -> tuple[float, str]:
    """Draws with the weights of the model of nflows."""
    found = imported(features)
    return against(found, [quiet(model.sample, DRAWS) for model in found], _repeats(features))


def _repeats(features: int) -> int:
    return OFTEN if features < FEW else 7


def products(kind: str, family: str, features: int, quick: bool) -> tuple[float, str]:
    """Our step over the products of matrices in it: forward, and back to weights and inputs."""
    model = models(kind, family, features)[-1]
    shapes = [tuple(p.shape) for p in model.module.parameters() if p.ndim == 2 and p.shape[1] > 1]
    pairs = [(nn.Parameter(torch.randn(shape)), rows(shape[1], BATCH)) for shape in shapes]
    pairs = [(weight, each.requires_grad_()) for weight, each in pairs]

    def multiply() -> None:
        for weight, each in pairs:
            out = weight @ each
            torch.autograd.grad(out, (weight, each), out.detach())

    ours, bare = medians([step(model, rows(BATCH, features)), multiply], 7 if quick else 15)
    return ours / bare, f"{ours:.3g} ms, of which {bare:.3g} ms are products"

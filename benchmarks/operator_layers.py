"""The attention layer: its cost against the published formula and its peers, its growth, its exactness.

Run `python benchmarks/operator_layers.py [--quick] [--only ROW ...] [--json FILE]`. Forward and backward,
float32, one thread, CPU time, the two of a row called in turn. neuraloperator is optional; without it its
row says so.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
import warnings
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from harness import Measure, Missing, cpu, main, ratio
from torch import Tensor, nn

from sciml.operators import GalerkinAttention
from sciml.operators.precision import exact_matmul

torch.set_num_threads(1)
WIDTH, HEADS = 96, 4
REPEATS = 31
SHAPES = ((1, 8192), (8, 2048))


class Published(nn.Module):
    """The formula written plainly: three projections, a norm per head, concatenated positions."""

    def __init__(self, width: int, heads: int, m: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        norms = ([nn.LayerNorm(width // heads) for _ in range(heads)] for _ in range(2))
        self.key_norm, self.value_norm = (nn.ModuleList(each) for each in norms)
        self.output = nn.Linear(width + heads * m, width)

    def forward(self, x: Tensor, p: Tensor) -> Tensor:
        batch, n, _ = x.shape
        Q, K, V = (
            each(x).view(batch, n, self.heads, -1).transpose(1, 2)
            for each in (self.query, self.key, self.value)
        )
        K = torch.stack([norm(K[:, i]) for i, norm in enumerate(self.key_norm)], 1)
        V = torch.stack([norm(V[:, i]) for i, norm in enumerate(self.value_norm)], 1)
        spread = p.unsqueeze(1).repeat(1, self.heads, 1, 1)
        Q, K, V = (torch.cat([spread, each], -1) for each in (Q, K, V))
        out = Q @ (K.transpose(-2, -1) @ V / n)
        return self.output(out.transpose(1, 2).reshape(batch, n, -1))


@cache
def inputs(batch: int, n: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(batch, n, WIDTH, generator=generator)
    return x.requires_grad_(), torch.arange(n)[None, :, None].expand(batch, n, 1) / n


def passing(layer: Callable[[Tensor, Tensor], Tensor], batch: int, n: int) -> Callable[[], None]:
    """Return a function that goes forward and backward."""
    x, p = inputs(batch, n)

    def run() -> None:
        out = layer(x, p)
        out.backward(out.detach())

    return run


def ours(kind: str = "galerkin") -> GalerkinAttention:
    torch.manual_seed(0)
    return GalerkinAttention(WIDTH, HEADS, 1, kind)


def against(peer: Callable[[Tensor, Tensor], Tensor], quick: bool) -> tuple[float, str]:
    """The smaller of the ratios over the shapes."""
    found = [
        ratio(passing(peer, *shape), passing(ours(), *shape), 7 if quick else REPEATS) for shape in SHAPES
    ]
    words = ", ".join(
        f"{b}x{n} {each:.2f} ({text})" for (b, n), (each, text) in zip(SHAPES, found, strict=True)
    )
    return min(each for each, _ in found), words


def published(quick: bool) -> tuple[float, str]:
    return against(Published(WIDTH, HEADS, 1), quick)


def neuraloperator(quick: bool) -> tuple[float, str]:
    """Without weights of the points, with a norm over all of them; it has no output map."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from neuralop.layers.attention_kernel_integral import AttentionKernelIntegral
    except ImportError:
        raise Missing("neuraloperator") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is told a number of features it does not need
        return against(AttentionKernelIntegral(WIDTH, WIDTH, HEADS, WIDTH // HEADS), quick)


def faster_products(quick: bool) -> tuple[float, str]:
    """The published formula as torch ships, against ours in the probed mode."""
    peer, layer = Published(WIDTH, HEADS, 1), ours()
    with exact_matmul() as mode:
        pass

    def scoped(run: Callable[[], None]) -> Callable[[], None]:
        def inside() -> None:
            with exact_matmul():
                run()

        return inside

    found = [
        ratio(passing(peer, *shape), scoped(passing(layer, *shape)), 7 if quick else REPEATS)
        for shape in SHAPES
    ]
    words = ", ".join(f"{b}x{n} {each:.2f}" for (b, n), (each, _) in zip(SHAPES, found, strict=True))
    return min(each for each, _ in found), f"mode {mode!r}: {words}"


def growth(quick: bool) -> tuple[float, str]:
    """The exponent of time between n = 2048 and 32768."""
    sizes, layer = (2048, 8192, 32768), ours()
    for n in sizes:
        passing(layer, 1, n)()
    times = [statistics.median(cpu(passing(layer, 1, n)) for _ in range(7)) for n in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
    return slope, ", ".join(f"n={n} {1e3 * t:.3g} ms" for n, t in zip(sizes, times, strict=True))


def saved_bytes(n: int) -> int:
    """Bytes kept for the backward of one layer."""
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    x, p = inputs(1, n)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        ours()(x, p)
    return sum(kept.values())


def memory(quick: bool) -> tuple[float, str]:
    sizes = (2048, 32768)
    kept = [saved_bytes(n) for n in sizes]
    slope = float(np.log(kept[1] / kept[0]) / np.log(sizes[1] / sizes[0]))
    return slope, ", ".join(f"n={n} {each / 2**20:.1f} MiB" for n, each in zip(sizes, kept, strict=True))


def softmax(quick: bool) -> tuple[float, str]:
    return ratio(passing(ours("softmax"), 1, 2048), passing(ours(), 1, 2048))


def folded(quick: bool) -> tuple[float, str]:
    """The largest relative difference of outputs and gradients from the plain form, in float64."""
    layer = ours().double()
    generator = torch.Generator().manual_seed(1)
    x, p = (torch.randn(2, 1500, c, generator=generator, dtype=torch.float64) for c in (WIDTH, 1))
    w = torch.rand(2, 1500, generator=generator, dtype=torch.float64)
    leaves = [part.requires_grad_() for part in (x, p, w)]
    outputs = [form(x, p, w, x, p) for form in (layer.plain, layer.folded)]
    gradients = [torch.autograd.grad(out.square().sum(), [*leaves, *layer.parameters()]) for out in outputs]
    pairs = [tuple(outputs), *zip(*gradients, strict=True)]
    return max(
        float((a - b).detach().abs().max() / a.detach().abs().max()) for a, b in pairs
    ), "outputs and all gradients"


MEASURES = (
    Measure("published formula / ours", 1.3, "higher", published),
    Measure("published / ours, probed", 1.9, "higher", faster_products),
    Measure("neuraloperator / ours", 1.0, "higher", neuraloperator),
    Measure("time exponent", 1.15, "lower", growth),
    Measure("memory exponent", 1.05, "lower", memory),
    Measure("softmax / ours, n=2048", 10.0, "higher", softmax),
    Measure("folded = plain, float64", 1e-12, "lower", folded),
)

if __name__ == "__main__":
    main("operator_layers", MEASURES)

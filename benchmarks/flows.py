"""Normalizing flows: speed against nflows and zuko, exactness, and gaps to densities that are known.

Run `python benchmarks/flows.py [--quick] [--only ROW ...] [--json FILE]`; all rows take a quarter of an hour
on one core. float32, CPU, one thread, CPU time. Equal numbers of parameters: 8 coupling or 5 autoregressive
layers, conditioners of two hidden layers of 128, 8 bins on [-5, 5]. A step is log_prob of 512 rows, backward
and Adam; log_prob is of 2048 rows; 1000 rows are drawn. A ratio is the faster peer over ours, the three
called in turn in one process. Peers: `pip install 'sciml[bench]'`.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable
from functools import partial

import flow_exact
import flow_gaps
import flow_speed
import torch
from flow_peers import AUTOREGRESSIVE, COUPLING
from harness import Measure, main

SIZES = (6, 21, 43)
STEPS = {COUPLING: (1.5, 1.8, 1.8), AUTOREGRESSIVE: (1.6, 1.7, 1.7)}
LOG_PROBS = {COUPLING: (1.7, 2.1, 2.2), AUTOREGRESSIVE: (1.9, 2.1, 2.1)}
SAMPLING = {"nflows": (8, 25, 50), "zuko": (7, 22, 40), "maf": (5, 7.5, 11)}
KINDS = (COUPLING, AUTOREGRESSIVE)
SHORT = {COUPLING: "coupling", AUTOREGRESSIVE: "ar"}


def higher(row: str, target: float | None, run, long: bool = False) -> Measure:
    return Measure(row, target, "higher", run, long)


def lower(row: str, target: float | None, run, long: bool = False) -> Measure:
    return Measure(row, target, "lower", run, long)


def splines() -> list[Measure]:
    """Steps and densities of rational-quadratic flows."""
    return [
        higher(f"{SHORT[kind]}-{what}-{size}", target, partial(run, kind, "spline", size))
        for kind in KINDS
        for what, run, targets in (
            ("step", flow_speed.training_step, STEPS[kind]),
            ("log_prob", flow_speed.log_prob, LOG_PROBS[kind]),
        )
        for size, target in zip(SIZES, targets, strict=True)
    ]


def draws() -> list[Measure]:
    """Sampling of autoregressive flows, and whether the draws are the same."""
    runs = {
        "nflows": lambda size, quick: flow_speed.sampling_of_nflows(size),
        "zuko": lambda size, quick: flow_speed.sampling("spline", size, ("zuko",)),
        "maf": lambda size, quick: flow_speed.sampling("affine", size, ("nflows", "zuko")),
    }
    speeds = [
        higher(f"sampling-{name}-{size}", target, partial(run, size), long=size > 6)
        for name, run in runs.items()
        for size, target in zip(SIZES, SAMPLING[name], strict=True)
    ]
    same = [
        lower(f"same-samples-{name}{size}", target, partial(_same, compare, size, layers), size > 6)
        for name, compare, layers, target in (
            ("", flow_exact.same_samples, 1, 1e-5),
            ("deep-", flow_exact.same_samples, 5, None),
            ("deep-float64-", flow_exact.same_in_float64, 5, 1e-5),
        )
        for size in SIZES
    ]
    return speeds + same


def _same(
    compare: Callable[[int, int], tuple[float, str]], size: int, layers: int, quick: bool
) -> tuple[float, str]:
    return compare(size, layers)


def affine() -> list[Measure]:
    """Steps of affine flows, which are mostly products of matrices."""
    return [
        higher(f"affine-{SHORT[kind]}-{size}", 1.0, partial(flow_speed.training_step, kind, "affine", size))
        for kind in KINDS
        for size in SIZES
    ]


def products() -> list[Measure]:
    """How much of a step is not a product of matrices."""
    return [
        lower(
            f"products-{SHORT[kind]}-{size}",
            None,
            partial(flow_speed.products, kind, "spline", size),
            long=size != 21,
        )
        for kind in KINDS
        for size in SIZES
    ]


def exactness() -> list[Measure]:
    return [
        lower("log_det", 1e-12, flow_exact.log_det),
        lower("round-trip-float32", 5e-3, flow_exact.round_trip),
    ]


def gaps() -> list[Measure]:
    worst = [
        lower(f"gap-{name}", target, partial(flow_gaps.gap, name), name != "banana")
        for name, target in flow_gaps.TARGETS.items()
    ]
    return [*worst, lower("gap-seconds", 60.0, flow_gaps.seconds, long=True)]


MEASURES = [*splines(), *draws(), *affine(), *products(), *exactness(), *gaps()]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("flows", MEASURES)

"""Operators: speed of the attention layer, cost of the data, and what is learned in a given CPU time.

Run `python benchmarks/operators.py [--quick] [--only ROW ...] [--json FILE]`; all rows take an hour and a
half on one core. float32, CPU, one thread, CPU time. Networks: the same pairs (1024 for Burgers, 512 else),
frame, symmetries, loss (relative H1), optimizer (Muon on matrices, Adam on the rest, one-cycle) and batch;
the number of steps is what the CPU time allows each. neuraloperator's FNO has a width and a rate of its own,
tuned. Errors: mean relative L2 of 200 test samples on 16 times the points of the training grid. On shared
cores CPU time buys fewer steps: their number stands beside each error. Peers: `pip install 'sciml[bench]'`.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from dataclasses import replace
from functools import partial

import operator_data
import operator_layers
import operator_plane
import torch
from harness import Measure, main
from operator_race import Case, Result, middle, ridge, seeds

SECONDS, SHORT, LONG = 60.0, 12.0, 600.0
SEEDS = 3
# At nu = 0.01 learning takes more steps; on 64 points, which hold the 24 modes, a step costs half.
SMOOTH, SHARP = (Case("burgers-operator", (("n", n), ("nu", nu))) for n, nu in ((128, 0.1), (64, 0.01)))
LINEAR = ("antiderivative", "poisson", "heat", "advection")
RIVALS = ("fno", "neuraloperator")
ABLATED = {"spectral": "without attention", "softmax": "with softmax", "linear": "with linear attention"}


def learned(case: Case, name: str, count: int, quick: bool) -> tuple[float, str]:
    return middle(seeds(case, name, SHORT if quick else SECONDS, 1 if quick else count))


def at_length(quick: bool) -> tuple[float, str]:
    return middle(seeds(SMOOTH, "galerkin", LONG, SEEDS))


def regressed(case: Case, quick: bool) -> tuple[float, str]:
    found = ridge(case)
    return found.fine, f"n={found.points}: {found.text}, float64"


def linear(name: str, quick: bool) -> tuple[float, str]:
    """A network, with ridge regression in the detail."""
    case = Case(f"{name}-operator")
    value, words = middle(seeds(case, "galerkin", SHORT if quick else SECONDS, 1))
    return value, f"{words}; ridge {ridge(case).text}"


def against_fno(quick: bool) -> tuple[float, str]:
    """Galerkin's median error over that of the better FNO."""
    ours, _ = learned(SHARP, "galerkin", SEEDS, quick)
    theirs = {name: learned(SHARP, name, SEEDS, quick)[0] for name in RIVALS}
    words = ", ".join(f"{name} {value:.2e}" for name, value in theirs.items())
    return ours / min(theirs.values()), f"galerkin {ours:.2e}, {words}; medians"


def against_ablation(quick: bool) -> tuple[float, str]:
    """Galerkin's median error over that of the same network without its attention."""
    ours, theirs = (learned(SHARP, name, SEEDS, quick)[0] for name in ("galerkin", "spectral"))
    return ours / theirs, f"galerkin {ours:.2e}, spectral {theirs:.2e}; medians"


def growth(quick: bool) -> tuple[float, str]:
    """The largest error on n=2048 over that on 128."""
    budget, count = (SHORT, 1) if quick else (SECONDS, SEEDS)
    results: list[Result] = seeds(SMOOTH, "galerkin", budget, count)
    words = ", ".join(f"{result.coarse:.3e} to {result.fine:.3e}" for result in results)
    return max(result.fine / result.coarse for result in results), words


def errors(label: str, case: Case, target: float | None) -> list[Measure]:
    """The network's row, and those of its rivals at equal CPU time."""
    rivals = SEEDS if case is SHARP else 1
    runs = {name: partial(learned, case, name, rivals) for name in RIVALS}
    return [
        Measure(
            f"{label} galerkin",
            target,
            "lower",
            partial(learned, case, "galerkin", SEEDS),
            long=case is SHARP,
        ),
        *(Measure(f"{label} {name}", None, "lower", runs[name], long=True) for name in RIVALS),
        Measure(f"{label} deeponet", None, "lower", partial(learned, case, "deeponet", 1), long=True),
        Measure(
            f"{label} kernel-ridge",
            1e-4 if case is SMOOTH else None,
            "lower",
            partial(regressed, case),
            long=True,
        ),
    ]


LEARNED = [
    *errors("nu=0.1", SMOOTH, 6e-4),
    Measure("nu=0.1 10 min", 2e-4, "lower", at_length, long=True),
    *errors("nu=0.01", SHARP, 2e-3),
    Measure("nu=0.01 galerkin / fno", 1.0, "lower", against_fno, long=True),
    *(
        Measure(f"nu=0.01 {name}", None, "lower", partial(learned, SHARP, name, SEEDS), long=True)
        for name in ABLATED
    ),
    Measure("nu=0.01 galerkin / spectral", None, "lower", against_ablation, long=True),
    Measure("growth 128 to 2048", 1.05, "lower", growth),
    *(Measure(name, 1e-3, "lower", partial(linear, name), long=True) for name in LINEAR),
]
MEASURES = [
    *operator_layers.MEASURES,
    *(replace(each, row=f"data {each.row}") for each in operator_data.MEASURES),
    *LEARNED,
    *(replace(each, row=f"darcy {each.row}") for each in operator_plane.MEASURES),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("operators", MEASURES)

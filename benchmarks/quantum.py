"""Wells: accuracy over seeds, cost, what each ingredient is worth, and what SciPy needs for the same.

Run `python benchmarks/quantum.py [--quick] [--only ROW ...] [--json FILE]`; all rows take some minutes on one
core. float64, CPU, one thread; times are CPU seconds of `sciml.solve` without imports.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics
from functools import cache

import numpy as np
import torch
from harness import Measure, cpu, main, ratio
from potentials import OWN
from structures import bands, central, mass, splitting, stacks

import sciml
from sciml.numerics.derivatives import variable
from sciml.numerics.domains import Interval
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.quantum import Well
from sciml.quantum.references import finite_differences, spectral_elements, transfer_matrix
from sciml.quantum.start import global_start

WELLS = ("infinite-well", "finite-well", "barrier", "harmonic")
EPS = float(np.finfo(float).eps)


class Run:
    """One solve: its errors against the reference, its CPU time and its solution."""

    def __init__(self, well: Well, **options: object) -> None:
        found: list[sciml.Solution] = []
        self.seconds = cpu(lambda: found.append(sciml.solve(well, **options)))
        self.solution = found[0]
        comparison = self.solution.compare()
        self.energy = max(check.error for check in comparison.scalars)
        self.energies = [check.error for check in comparison.scalars]
        self.psi = max(check.relative_l2 for check in comparison.fields)


@cache
def runs(start: str, steps: int | None, states: int, seeds: int) -> dict[str, list[Run]]:
    sciml.solve(sciml.load_problem("finite-well"), max_steps=1)
    options = {"start": start} | ({} if steps is None else {"max_steps": steps})
    return {
        name: [Run(sciml.load_problem(name, states=states), seed=seed, **options) for seed in range(seeds)]
        for name in WELLS
    }


def seeds(quick: bool) -> int:
    return 2 if quick else 10


def ritz(quick: bool) -> dict[str, list[Run]]:
    return runs("ritz", 0, 5, seeds(quick))


def default(quick: bool) -> dict[str, list[Run]]:
    return runs("ritz", None, 5, seeds(quick))


def random(quick: bool) -> dict[str, list[Run]]:
    return runs("random", None, 1, seeds(quick))


def worst(found: dict[str, list[Run]], figure: str) -> tuple[float, str]:
    """The worst of a figure over all wells and seeds, and each well's own worst."""
    each = {name: max(getattr(run, figure) for run in group) for name, group in found.items()}
    count = len(next(iter(found.values())))
    return max(each.values()), f"{count} seeds: " + ", ".join(f"{k} {v:.1e}" for k, v in each.items())


def seconds(found: dict[str, list[Run]]) -> tuple[float, str]:
    """The slowest well's median CPU seconds, and the slowest solve of all."""
    each = {name: statistics.median(run.seconds for run in group) for name, group in found.items()}
    slowest = max(run.seconds for group in found.values() for run in group)
    return max(each.values()), f"median of the slowest well; slowest solve {slowest:.3g} s"


def never_worse(quick: bool) -> tuple[float, str]:
    """The largest growth of an energy's error by training, errors below 1e-13 counted as 1e-13."""
    pairs = [
        (after, before)
        for name in WELLS
        for trained, started in zip(default(quick)[name], ritz(quick)[name], strict=True)
        for after, before in zip(trained.energies, started.energies, strict=True)
    ]
    return max(max(after, 1e-13) / max(before, 1e-13) for after, before in pairs), f"{len(pairs)} states"


def successes(quick: bool) -> tuple[float, str]:
    """The least share of seeds, of ten, whose ground state is within 1e-6."""
    each = {name: sum(run.energy <= 1e-6 for run in group) for name, group in random(quick).items()}
    scale = 10 / seeds(quick)
    return min(each.values()) * scale, ", ".join(f"{k} {v} of {seeds(quick)}" for k, v in each.items())


def random_seconds(quick: bool) -> tuple[float, str]:
    slowest = {name: max(run.seconds for run in group) for name, group in random(quick).items()}
    return max(slowest.values()), "slowest solve, restarts included"


def trained_energy(quick: bool) -> tuple[float, str]:
    found = [run.solution.certificates["E0"] for group in random(quick).values() for run in group]
    return max(abs(item["trained"] / item["rayleigh"] - 1) for item in found), "trained E against E_RQ"


def ablation(blind_inputs: bool) -> tuple[float, str]:
    """How many times worse E0 of the finite well is without one of the two ingredients."""
    kind = type(sciml.load_problem("finite-well"))

    class Without(kind):
        @property
        def interval(self) -> Interval:
            whole = Interval(-self.box, self.box)
            return super().interval if blind_inputs else whole

        def inputs(self) -> InterfaceInputs:
            aware = Interval(-self.box, self.box, (-self.half_width, self.half_width))
            return InterfaceInputs(aware.without_interfaces() if blind_inputs else aware)

    exact = kind().reference().scalars["E0"].value
    starts = (global_start(well, well.recipe(), 0) for well in (kind(), Without()))
    ours, theirs = (abs(start.states[0].certificate.rayleigh / exact - 1) for start in starts)
    return theirs / max(ours, EPS), f"E0 off by {theirs:.1e} instead of {ours:.1e}"


def own(quick: bool) -> tuple[float, str]:
    names = [name for i, name in enumerate(OWN) if not quick or i % 3 == 0]
    each = {name: Run(OWN[name](), **({"max_steps": 0} if quick else {})) for name in names}
    bad = max(each, key=lambda name: each[name].energy)
    slow = max(each.values(), key=lambda run: run.seconds)
    fine = sum(run.solution.passed is True for run in each.values())
    return each[bad].energy, f"worst: {bad}; {fine} of {len(each)} PASS; slowest {slow.seconds:.2g} s"


def references(quick: bool) -> tuple[float, str]:
    """Spectral elements against the roots of the transfer condition."""
    layers = [((0.0, 1.0), (0.0,)), ((-3.0, -1.0, 1.0, 3.0), (20.0, 0.0, 20.0))]
    layers += [((-1.0, -0.2, 0.2, 1.0), (0.0, 20.0, 0.0)), ((-3, -1, 0, 1, 3), (30.0, 0.0, 8.0, 15.0))]
    gaps = []
    for edges, heights in layers:
        inner = np.array(edges[1:-1])
        spectral = spectral_elements(
            lambda x, inner=inner, heights=heights: np.array(heights)[np.searchsorted(inner, x)],
            (edges[0], edges[-1]),
            5,
            interfaces=inner,
        )
        exact = transfer_matrix(edges, heights, 5)
        gaps.append(float(np.abs(spectral.energies / exact.energies - 1).max()))
    return max(gaps), "four wells, five states"


def order(quick: bool) -> tuple[float, str]:
    """How far the order of averaged finite differences is from two; RMS over where the jump lies."""
    exact = transfer_matrix((-3.0, -1.0, 1.0, 3.0), (20.0, 0.0, 20.0), 1).energies[0]
    sizes = 150 * 2 ** np.arange(4)

    def error(points: int, average: bool) -> float:
        jumps = (-1.0, 1.0) if average else ()
        found = finite_differences(
            lambda x: np.where(abs(x) < 1, 0.0, 20.0), (-3, 3), 1, points, interfaces=jumps, average=average
        )
        return float(found.energies[0] - exact)

    def slope(average: bool) -> float:
        errors = [np.sqrt(np.mean([error(int(n) + k, average) ** 2 for k in range(6)])) for n in sizes]
        return float(-np.polyfit(np.log(sizes), np.log(errors), 1)[0])

    observed, naive = slope(True), slope(False)
    return abs(observed - 2), f"order {observed:.3f}; {naive:.2f} with V taken at the nodes"


def jets(quick: bool) -> tuple[float, str]:
    """u, u', u'' and the gradient of a residual by jets, against autograd of autograd."""
    inputs = InterfaceInputs(Interval(-3.0, 3.0, (-1.0, 1.0)))
    network = MLP(3, (20, 20), generator=torch.Generator().manual_seed(0))
    parameters, x = list(network.parameters()), torch.linspace(-2.9, 2.9, 300, dtype=torch.float64)

    def by_jets() -> tuple[torch.Tensor, ...]:
        u = network.jet(inputs(variable(x)))
        return torch.autograd.grad((u.second + 3 * u.value).square().mean(), parameters)

    def nested() -> tuple[torch.Tensor, ...]:
        point = x.clone().requires_grad_()
        u = network(inputs(variable(point)).value)[:, 0]
        (first,) = torch.autograd.grad(u.sum(), point, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), point, create_graph=True)
        return torch.autograd.grad((second + 3 * u).square().mean(), parameters)

    return ratio(nested, by_jets, 31)


def classical(quick: bool) -> tuple[float, str]:
    """CPU time of our Rayleigh-Ritz solve over that of SciPy for the same five states to the same digits."""
    well = sciml.load_problem("finite-well", states=5)
    box = (-3.0, 3.0)

    def ours() -> object:
        return sciml.solve(well, max_steps=0)

    def scipy() -> object:
        return spectral_elements(well.potential_energy, box, 5, interfaces=(-1.0, 1.0))

    value, detail = ratio(ours, scipy, 7)
    trained = default(True)["finite-well"][0].seconds
    return (
        value,
        f"ours (start ritz, no training) {detail} by spectral elements; with training {trained:.2g} s",
    )


MEASURES = [
    Measure("ritz-energy", 1e-11, "lower", lambda quick: worst(ritz(quick), "energy")),
    Measure("ritz-psi", 1e-7, "lower", lambda quick: worst(ritz(quick), "psi")),
    Measure("ritz-seconds", 0.25, "lower", lambda quick: seconds(ritz(quick))),
    Measure("default-energy", 1e-11, "lower", lambda quick: worst(default(quick), "energy")),
    Measure("default-psi", None, "lower", lambda quick: worst(default(quick), "psi")),
    Measure("default-never-worse", 1.0, "lower", never_worse),
    Measure("default-seconds", 3.0, "lower", lambda quick: seconds(default(quick))),
    Measure("random-successes", 9.0, "higher", successes),
    Measure("random-energy", None, "lower", lambda quick: worst(random(quick), "energy")),
    Measure("random-seconds", 1.0, "lower", random_seconds),
    Measure("random-trained", 1e-4, "lower", trained_energy),
    Measure("ablation-inputs", 1e6, "higher", lambda quick: ablation(True)),
    Measure("ablation-quadrature", 1e6, "higher", lambda quick: ablation(False)),
    Measure("own-potentials", 1e-9, "lower", own),
    Measure("gaas-mass", 1e-9, "lower", mass),
    Measure("stacks-of-ten", 1e-9, "lower", stacks),
    Measure("central-potentials", 1e-9, "lower", central),
    Measure("bands", 1e-9, "lower", bands),
    Measure("splitting", 1e-12, "lower", splitting),
    Measure("spectral-reference", 1e-11, "lower", references),
    Measure("difference-order", 0.1, "lower", order),
    Measure("jets", 1.2, "higher", jets),
    Measure("classical", None, "lower", classical),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("quantum", MEASURES)

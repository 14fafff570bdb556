"""Flames and fronts: accuracy and cost over seeds, the published recipe, what each ingredient is worth.

Run `python benchmarks/flame.py [--quick] [--only ROW ...] [--json FILE]`; all rows take a quarter of an hour
on one core. float64, CPU, one thread; times are CPU seconds of the solve without imports and reference.
A time to an error is that of the step from which on the error stays below it,
which may be later than where it first falls below.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import math
import statistics
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch
from flame_recipe import Recipe
from flame_runs import NEVER, Run, runs, stays_below, warm_up, worst
from harness import Measure, Missing, cpu, main, ratio

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.flame import Sweep, sweep
from sciml.flame.detailed import BEYOND, LEFT
from sciml.flame.front_references import shoot
from sciml.flame.gases.methane_air import MethaneAir
from sciml.flame.references.collocation import by_collocation
from sciml.flame.references.detailed import detailed_reference
from sciml.flame.references.phase_plane import burning_velocity, by_phase_plane
from sciml.pinn import ResidualProblem

PHI = (0.40, 0.42, 0.44, 0.46, 0.48, 0.50)
HOT = (300.0, 350.0, 400.0, 450.0, 500.0, 550.0, 600.0)
CONDITIONS = [
    *((phi, 298.0, p_atm) for p_atm in (1.0, 1.2) for phi in PHI),
    *((0.4, T_in, 1.0) for T_in in HOT),
]
LENGTH = 1.5e-3


def flames(quick: bool) -> list[Run]:
    """The premixed flames of the paper, each from three random starts; a third of them once if quick."""
    found = [
        runs("premixed-flame", (("phi", phi), ("T_in", T_in), ("p_atm", p_atm)), 1 if quick else 3)
        for phi, T_in, p_atm in CONDITIONS[:: 3 if quick else 1]
    ]
    return [run for group in found for run in group]


def fronts(name: str, check: str, key: str, values: Iterable[float], **also: float):
    """The worst error of a check over a parameter's values, three seeds each."""

    def measure(quick: bool) -> tuple[float, str]:
        taken = list(values)[:: 2 if quick else 1]
        groups = [runs(name, ((key, value), *also.items()), 1 if quick else 3) for value in taken]
        found = [run for group in groups for run in group]
        value, detail = worst(found, lambda run: run.error(check))
        return value, f"{detail}; slowest {max(run.seconds for run in found):.2g} s"

    return measure


@cache
def recipes(quick: bool, scaled: bool) -> tuple[Recipe, ...]:
    """The published recipe at its own default condition, phi = 0.42: cut at 60 s, at 8 s if quick."""
    problem = sciml.load_problem("premixed-flame", phi=0.42)
    seeds = range(1 if quick or not scaled else 3)
    return tuple(Recipe(problem.mixture, seed, 8.0 if quick else 60.0, scaled).train() for seed in seeds)


def recipe_velocity(quick: bool, scaled: bool = True) -> tuple[float, str]:
    """The median error of s_L when it was cut, and ours beside it."""
    found = recipes(quick, scaled)
    ours = runs("premixed-flame", (("phi", 0.42),), len(found))
    exact = ours[0].solution.compare().by_name()["s_L"].reference
    x, T = (ours[0].solution.samples["x"], ours[0].solution.reference.fields["T"].values)
    errors = [peer.velocity_error(exact) for peer in found]
    fields = [peer.field_error(x, T) for peer in found]
    steps = statistics.median(peer.steps for peer in found)
    mine = max(run.error("s_L") for run in ours), max(run.error("T") for run in ours)
    return statistics.median(errors), (
        f"{len(found)} seeds cut at {found[0].seconds:g} s ({steps:g} steps): s_L {min(errors):.1e} to "
        f"{max(errors):.1e}, T {min(fields):.1e} to {max(fields):.1e}; ours at most {mine[0]:.1e} and "
        f"{mine[1]:.1e} after at most {max(run.seconds for run in ours):.2g} s"
    )


def recipe_ratio(quick: bool) -> tuple[float, str]:
    """CPU time of the recipe to 1e-2 in s_L over ours, medians; the recipe's cut where it got there never."""
    found = recipes(quick, True)
    ours = runs("premixed-flame", (("phi", 0.42),), len(found))
    exact = ours[0].solution.compare().by_name()["s_L"].reference
    theirs = [min(stays_below(peer.marks, exact, 1e-2), peer.seconds) for peer in found]
    mine = [run.until(1e-2) for run in ours]
    missed = sum(stays_below(peer.marks, exact, 1e-2) == NEVER for peer in found)
    value = statistics.median(theirs) / statistics.median(mine)
    return value, (
        f"{statistics.median(theirs):.3g} s against {statistics.median(mine):.2g} s; "
        f"{missed} of {len(found)} not there when cut"
    )


def ablation(quick: bool, **switched: bool) -> tuple[float, str]:
    """How many times as much CPU time a solve takes to the same loss without an ingredient."""
    count = 1 if quick else 5
    whole = runs("premixed-flame", (("phi", 0.42),), count)
    without = runs("premixed-flame", (("phi", 0.42), *switched.items()), count)

    def seconds(found: Iterable[Run], error: float | None = None) -> float:
        return statistics.median(run.seconds if error is None else run.until(error) for run in found)

    bad = max(run.error("s_L") for run in without)
    return seconds(without) / seconds(whole), (
        f"{seconds(without):.2g} s against {seconds(whole):.2g} s; to 1e-4 {seconds(without, 1e-4):.2g} s "
        f"against {seconds(whole, 1e-4):.2g} s; s_L ends at {bad:.1e} or better"
    )


def by_adam(quick: bool) -> tuple[float, str]:
    """The error of s_L that Adam at its defaults reaches on our terms."""
    problem = sciml.load_problem("premixed-flame", phi=0.42)
    whole = runs("premixed-flame", (("phi", 0.42),), 1)[0]
    steps = 200 if quick else 4000
    marks: list[tuple[float, float]] = []
    began = time.process_time()
    problem.run(
        Settings(method="adam", max_steps=steps),
        Monitor(progress=lambda row: marks.append((time.process_time() - began, row["s_L"]))),
    )
    exact = whole.solution.compare().by_name()["s_L"].reference
    return (
        abs(marks[-1][1] / exact - 1),
        f"{steps} steps in {marks[-1][0]:.2g} s; by Levenberg-Marquardt {whole.error('s_L'):.1e} "
        f"in {whole.seconds:.2g} s",
    )


@cache
def sweeps(warm: bool, count: int) -> Sweep:
    warm_up()
    return sweep(sciml.load_problem("premixed-flame"), phi=PHI[:count], warm=warm)


def warm_starts(quick: bool) -> tuple[float, str]:
    """CPU time of a sweep in phi without warm starts over that with them."""
    count = 3 if quick else len(PHI)
    cold, warm = sweeps(False, count), sweeps(True, count)
    return cold.cpu_s / warm.cpu_s, (
        f"{len(warm.values)} flames in {warm.cpu_s:.2g} s instead of {cold.cpu_s:.2g} s; "
        f"s_L to {warm.errors.max():.1e}, {'all' if warm.passed else 'not all'} PASS"
    )


DETAILED = (0.6, 0.7, 0.8, 0.9)
ELSEWHERE = ({"T_in": 400.0}, {"p_atm": 2.0}, {"p_atm": 5.0})


def detailed(quick: bool) -> list[Run]:
    """Detailed flames over phi, three random starts each; one of two if quick."""
    count = 1 if quick else 3
    return [
        run
        for phi in DETAILED[:: 2 if quick else 1]
        for run in runs("detailed-flame", (("phi", phi),), count)
    ]


def elsewhere(quick: bool, phi: float | None = None) -> list[Run]:
    """At 400 K, 2 and 5 atm; or at another phi."""
    if phi is not None:
        return list(runs("detailed-flame", (("phi", phi),), 1 if quick else 3))
    found = [runs("detailed-flame", tuple(item.items()), 1 if quick else 3) for item in ELSEWHERE]
    return [run for group in found[: 1 if quick else 3] for run in group]


def worst_field(run: Run) -> float:
    """The largest error of T and the five mass fractions, in L2."""
    return max(check.relative_l2 for check in run.solution.compare().fields)


def kept(run: Run) -> float:
    """The largest error of the fluxes of elements and enthalpy along x."""
    certificate = run.solution.certificates["s_L"]
    return max(certificate["element_error"], certificate["enthalpy_error"])


def formulations(quick: bool) -> tuple[float, str]:
    """How far the references' two formulations differ, and what they take."""
    gases = [MethaneAir(phi=phi) for phi in DETAILED[:: 2 if quick else 1]]
    found, seconds = [], []
    for gas in gases:
        detailed_reference.cache_clear()
        seconds.append(cpu(lambda: found.append(detailed_reference(gas, LEFT, BEYOND))))  # noqa: B023
    return max(each.error / each.s_L for each in found), f"{statistics.median(seconds):.2g} s, both"


def cantera(quick: bool) -> tuple[float, str]:
    """The error of s_L of Cantera's flame on its own grids, where Cantera is installed."""
    try:
        from flame_cantera import flame
    except ImportError:
        raise Missing("not installed: pip install 'sciml[flame]'") from None
    exact, found = detailed_reference(MethaneAir(), LEFT, BEYOND).s_L, []
    for slope in (0.06, 0.02) if quick else (0.06, 0.02, 0.005):
        seconds = cpu(lambda: found.append(flame(slope)))  # noqa: B023
        found[-1] = (abs(found[-1][0] / exact - 1), found[-1][1], seconds)
    spoken = (f"{error:.1e} in {seconds:.2g} s on {points} points" for error, points, seconds in found)
    return found[-1][0], ", ".join(spoken)


def difference(problem: ResidualProblem, name: str, scalar: Callable[[Any], float]) -> float:
    """d ln s/d ln p of the reference, of fourth order in the step."""
    p, h = problem.sensitive_to[name], 2e-3
    far, near, after, beyond = (
        math.log(scalar(problem.changed(name, p * math.exp(k * h)))) for k in (-2, -1, 1, 2)
    )
    return (far - 8 * near + 8 * after - beyond) / (12 * h)


@cache
def sensitivities(quick: bool) -> tuple[tuple[float, float, str], ...]:
    """For each flame the worst difference, the CPU seconds, and what it is."""
    asked = [("premixed-flame", {"phi": 0.42}, lambda flame: burning_velocity(flame.mixture))]
    asked += [("detailed-flame", {}, lambda flame: detailed_reference(flame.gas, LEFT, BEYOND).s_L)]
    asked += [("zfk-flame", {"Le": Le}, lambda flame: shoot(flame.rate).m.value) for Le in (1.0, 0.7)]
    found = []
    for name, parameters, scalar in asked[: 2 if quick else 4]:
        problem = sciml.load_problem(name, **parameters)
        solution, rows = sciml.solve(problem), []
        solution.compare()
        seconds = cpu(lambda: rows.append(solution.sensitivities()))  # noqa: B023
        (row,) = rows[0].values()
        gaps = {key: abs(value - difference(problem, key, scalar)) for key, value in row.items()}
        found.append((max(gaps.values()), seconds, f"{name}, {len(row)} constants"))
    return tuple(found)


def mixtures(quick: bool):
    return [
        sciml.load_problem("premixed-flame", phi=phi, T_in=T_in, p_atm=p_atm).mixture
        for phi, T_in, p_atm in CONDITIONS[:: 3 if quick else 1]
    ]


def references(quick: bool) -> tuple[float, str]:
    """The largest relative difference between the phase plane and collocation."""
    gaps, times = [], ([], [])
    for mixture in mixtures(quick):
        burning_velocity.cache_clear()
        found = []
        times[0].append(cpu(lambda: found.append(by_phase_plane(mixture, LENGTH))))  # noqa: B023
        times[1].append(cpu(lambda: found.append(by_collocation(mixture, found[0]))))  # noqa: B023
        gaps.append(abs(found[1].s_L / found[0].s_L - 1))
    first, second = (statistics.median(column) for column in times)
    return max(gaps), f"{len(gaps)} flames; {first:.2g} s by the phase plane, {second:.2g} s by solve_bvp"


def classical(quick: bool) -> tuple[float, str]:
    """CPU time of our solve over that of the phase plane in SciPy, which is accurate to 1e-11."""
    warm_up()
    problem = sciml.load_problem("premixed-flame", phi=0.42)

    def ours() -> object:
        return problem.run(Settings(), Monitor())

    def scipy() -> object:
        burning_velocity.cache_clear()
        return by_phase_plane(problem.mixture, LENGTH)

    value, detail = ratio(ours, scipy)
    return value, f"ours {detail} by the phase plane"


def seconds_to(error: float):
    return lambda quick: worst(flames(quick), lambda run: run.until(error))


MEASURES = [
    Measure("premixed-seconds", 3.0, "lower", seconds_to(1e-4)),
    Measure("premixed-s_L", 5e-6, "lower", lambda quick: worst(flames(quick), lambda run: run.error("s_L"))),
    Measure("premixed-T", 1e-5, "lower", lambda quick: worst(flames(quick), lambda run: run.error("T"))),
    Measure("premixed-solve", 10.0, "lower", lambda quick: worst(flames(quick), lambda run: run.seconds)),
    Measure("recipe-s_L", None, "lower", recipe_velocity),
    Measure("recipe-ratio", None, "higher", recipe_ratio),
    Measure("recipe-in-metres", None, "lower", lambda quick: recipe_velocity(quick, False), long=True),
    Measure("without-hard", None, "higher", lambda quick: ablation(quick, hard_constraints=False)),
    Measure("without-layer", None, "higher", lambda quick: ablation(quick, thin_layer=False)),
    Measure(
        "without-both",
        None,
        "higher",
        lambda quick: ablation(quick, hard_constraints=False, thin_layer=False),
        long=True,
    ),
    Measure("adam", None, "lower", by_adam),
    Measure("sweep", None, "higher", warm_starts),
    Measure("power-law", 2e-6, "lower", fronts("power-law-front", "c", "n", (1, 2))),
    Measure("power-law-8", 2e-5, "lower", fronts("power-law-front", "c", "n", (8,))),
    Measure("power-law-16", None, "lower", fronts("power-law-front", "c", "n", (16,)), long=True),
    Measure("nagumo", 2e-6, "lower", fronts("nagumo-front", "c", "a", (0.1, 0.25, 0.4, 0.5))),
    Measure(
        "fisher", None, "lower", lambda quick: worst(runs("fisher-kpp", (), 3), lambda r: r.error("theta"))
    ),
    Measure("zfk", 5e-6, "lower", fronts("zfk-flame", "m", "beta", (5.0, 8.0, 10.0, 15.0))),
    Measure("zfk-lewis", 1e-4, "lower", fronts("zfk-flame", "m", "Le", (0.5, 0.7, 0.8, 1.4, 1.5, 2.0))),
    Measure("zfk-thin", 1e-3, "lower", fronts("zfk-flame", "m", "beta", (20.0, 40.0))),
    Measure(
        "sensitivities",
        1e-4,
        "lower",
        lambda quick: (
            max(s[0] for s in sensitivities(quick)),
            "; ".join(s[2] for s in sensitivities(quick)),
        ),
    ),
    Measure(
        "sensitivities-seconds",
        0.5,
        "lower",
        lambda quick: (max(s[1] for s in sensitivities(quick)), "CPU s"),
    ),
    Measure("references", 1e-10, "lower", references),
    Measure(
        "detailed-seconds", 3.0, "lower", lambda quick: worst(detailed(quick), lambda run: run.until(1e-4))
    ),
    Measure(
        "detailed-s_L", 5e-6, "lower", lambda quick: worst(detailed(quick), lambda run: run.error("s_L"))
    ),
    Measure("detailed-fields", 2e-4, "lower", lambda quick: worst(detailed(quick), worst_field)),
    Measure("detailed-solve", 15.0, "lower", lambda quick: worst(detailed(quick), lambda run: run.seconds)),
    Measure("detailed-kept", 1e-4, "lower", lambda quick: worst(detailed(quick), kept)),
    Measure(
        "detailed-elsewhere",
        1e-4,
        "lower",
        lambda quick: worst(elsewhere(quick), lambda run: run.error("s_L")),
    ),
    Measure(
        "detailed-stoichiometric",
        None,
        "lower",
        lambda quick: worst(elsewhere(quick, 1.0), lambda run: run.error("s_L")),
    ),
    Measure("detailed-references", 1e-6, "lower", formulations),
    Measure("detailed-cantera", None, "lower", cantera),
    Measure("classical", None, "lower", classical),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("flame", MEASURES)

"""The uses of a density: posteriors, energies and evidence, each held against what is known exactly.

Run `python benchmarks/uses.py [--quick] [--only ROW ...] [--json FILE]`. A row is the worst of three seeds,
of one with --quick. CPU seconds are those of the fit, with nothing else in them.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from functools import partial

import uses_energy
import uses_posterior
from harness import Measure, main

NAMES = ("linear-gaussian", "gamma-poisson")


def lower(row: str, target: float | None, run) -> Measure:
    return Measure(row, target, "lower", run)


def posteriors() -> list[Measure]:
    """Divergence, calibration and cost of the bundled posteriors, and what the calibration refuses."""
    rows = []
    for name in NAMES:
        rows += [
            lower(f"{name}-kl", 0.02, partial(uses_posterior.divergence, name)),
            Measure(f"{name}-p", 1e-3, "higher", partial(uses_posterior.calibration, name)),
            lower(f"{name}-cpu", 20.0, partial(uses_posterior.seconds, name)),
            lower(f"{name}-wide-p", 1e-4, partial(uses_posterior.spoiled, name, 1.3, 0.0)),
            lower(f"{name}-shift-p", 1e-4, partial(uses_posterior.spoiled, name, 1.0, 0.3)),
        ]
    return rows


def energies() -> list[Measure]:
    """log Z of six energies, its error bar, and what path gradients are worth."""
    rows = []
    for name, known in uses_energy.KNOWN.items():
        least = 0.5 if known().several else 0.9
        rows += [
            lower(f"log-z-{name}", 0.02, partial(uses_energy.error, name)),
            Measure(f"effective-{name}", least, "higher", partial(uses_energy.effective, name)),
        ]
    rows.append(Measure("plain-over-path", None, "higher", partial(uses_energy.noise, "logistic")))
    rows.append(Measure("log-z-cover", 0.1, "lower", partial(uses_energy.cover, 30), long=True))
    return rows


def evidences() -> list[Measure]:
    """Log evidence of linear regressions."""
    return [lower(f"evidence-{n}", 0.05, partial(uses_energy.evidence, n)) for n in (2, 10, 20)]


if __name__ == "__main__":
    main("uses", [*posteriors(), *energies(), *evidences()])

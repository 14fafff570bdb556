"""How the energies of a quantum solution converged: with the basis, and with the steps of training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sciml.contracts.monitor import Row
from sciml.numerics.domains import Array
from sciml.plot._records import LOSS, STEP, Record, numbers, recorded, strictest
from sciml.plot.histories import relative
from sciml.runs.solution import Solution

ERROR, CHANGE = "relative error of E", "relative change to the last"


def energy_records(solution: Solution) -> list[Record]:
    """Return the records that there are: Ritz energies against the basis, training against steps."""
    return [record for record in (ritz(solution), training(solution)) if record.curves]


def ritz(solution: Solution) -> Record:
    """Return the error of each Ritz energy against the number of basis functions.

    Without references it is the change to the largest basis, which itself is left out.
    """
    curve, references = solution.curves.get("ritz", {}), known_energies(solution)
    names = [name for name in curve if name != "basis"] if "basis" in curve else []
    judged = bool(names) and all(name in references for name in names)
    curves = {
        name: _falls(curve["basis"], curve[name], references[name] if judged else None) for name in names
    }
    return Record(
        curves, "basis functions", ERROR if judged else CHANGE, strictest(solution) if judged else None
    )


def _falls(basis: list[float], values: list[float | None], reference: float | None) -> tuple[Array, Array]:
    along, energies = numbers(basis), numbers(values)
    if reference is None:
        return along[:-1], relative(energies[:-1], float(energies[-1]))
    return along, relative(energies, reference)


def training(solution: Solution) -> Record:
    """Return the error of each state's energy against the steps of its training; else the losses."""
    references, groups = known_energies(solution), _by_state(solution)
    if groups and all(name in references and "energy" in rows[-1] for name, rows in groups.items()):
        curves = {name: _errors(rows, references[name]) for name, rows in groups.items()}
        return Record(curves, STEP, ERROR, strictest(solution))
    together = [name for name in references if any(name in row for row in solution.history)]
    if together:
        columns = {name: recorded(solution, name) for name in together}
        errors = {
            name: (step, relative(values, references[name])) for name, (step, values) in columns.items()
        }
        return Record(errors, STEP, ERROR, strictest(solution))
    return Record({name: _column(rows, "loss") for name, rows in groups.items()}, STEP, LOSS)


def known_energies(solution: Solution) -> Mapping[str, float]:
    """Return the reference of every energy that has one."""
    return {check.name: check.reference for check in solution.compare().scalars}


def _by_state(solution: Solution) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in solution.history:
        groups.setdefault(f"E{int(row.get('state', 0))}", []).append(row)
    return groups


def _errors(rows: list[Row], reference: float) -> tuple[Array, Array]:
    steps, values = _column(rows, "energy")
    return steps, relative(values, reference)


def _column(rows: list[Row], name: str) -> tuple[Array, Array]:
    steps = np.array([row["step"] - rows[0]["step"] for row in rows])
    return steps, np.array([row.get(name, np.nan) for row in rows], dtype=float)

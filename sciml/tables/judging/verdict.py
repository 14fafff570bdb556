"""What follows from the figures of a fit: its checks, and the sentence that says which density won."""

from __future__ import annotations

from collections.abc import Mapping

from sciml.contracts.checks import Check
from sciml.tables.fitting import Fitted, Rated

LEAD, MASS = "lead_over_", "mass"  # names of metrics; the first begins that of each baseline
LEADS = 2.0  # standard errors by which a lead is one; less is a tie, called by the simpler name
SIGMAS = 4.0  # that the mass may be off: a right density fails once in 16,000 times


def checks(metrics: Mapping[str, float], stds: Mapping[str, float]) -> tuple[Check, ...]:
    """Return the checks: each lead above 0 by more than two standard errors, and a mass of 1."""
    leads = [
        Check(name, value, LEADS * (stds.get(name) or 0.0), 0.0, 0.0, better="higher", unit="nat")
        for name, value in metrics.items()
        if name.startswith(LEAD)
    ]
    if not leads or MASS not in metrics:
        return tuple(leads)
    return (*leads, Check(MASS, metrics[MASS], 1.0, SIGMAS * (stds.get(MASS) or 0.0), 0.0))


def sentence(fitted: Fitted, rated: Mapping[str, Rated]) -> str:
    """Say which density won, and by how much the flow leads or trails the nearest baseline."""
    portfolio = fitted.portfolio
    if portfolio is None:
        return "no real columns: the masses are exact, and there is no flow to compare"
    best = portfolio.best
    won = (
        f"the flow ({portfolio.flow.name}) is best on validation rows"
        if best is portfolio.flow
        else f"{best.name} is best on validation rows and was kept, not the flow ({portfolio.flow.name})"
    )
    others = {name: rating.lead for name, rating in rated.items() if name != "flow"}
    if not others:
        return won
    name, lead = min(others.items(), key=lambda item: item[1].value)
    word = "above" if lead.value > 0 else "below"
    by = f"{abs(lead.value):.3g} ± {lead.error:.2g} nat {word} {name}, the nearest"
    tie = f": a tie, which is called by the simpler, {name}" if abs(lead.value) <= LEADS * lead.error else ""
    return f"{won}; on the holdout the flow is {by}{tie}"

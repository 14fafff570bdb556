"""The two starts: Rayleigh–Ritz in the last layer, or a random network trained from a guess of E."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sciml.numerics.domains import Quadrature
from sciml.numerics.networks import MLP
from sciml.numerics.seeds import generator
from sciml.quantum.certificates import Certificate, CertifiedState, Meter
from sciml.quantum.doublets import turned
from sciml.quantum.equation import WellEquation
from sciml.quantum.knots import Spread, hidden_network
from sciml.quantum.panels import Panels, plain
from sciml.quantum.patch_ritz import patch_states
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.ritz import convergence, rayleigh_ritz, whitened
from sciml.quantum.semiclassical import level_gap
from sciml.quantum.state import BoundState, single
from sciml.quantum.train import StateTrainer

SPREAD = Spread(200)  # of the global units
WIDEST = 480  # global units
UNITS_A_PANEL = 8  # hidden units a panel, where that is more than the spread has; never more than the widest
HALVINGS = 3  # of the panels, eight times the points, after which an energy that still moves is reported
SETTLED = 1e-9  # of an energy: what it may change on a finer quadrature
RESOLVED = 1e-7  # largest residual²/gap of a state, of its height
FINE = 1e-9  # the same, where no other basis need be tried
LOWER = 1e-12  # of a state's height: an energy lower by more is better
NORM_ERROR = 0.1  # of ∫ψ²dx, above which a random start has ended somewhere else
POLISH = 4  # part of the steps for states that have been turned apart
SEPARATE = 1e-6  # of a level's height: closer levels are one


@dataclass(frozen=True)
class Started:
    """States found, with the quadratures they were found on and checked by."""

    states: tuple[CertifiedState, ...]
    meter: Meter
    next_energy: float
    curves: dict[str, dict[str, list[float]]]
    remark: str = ""


def grids(panels: Panels, points: int, least: int) -> tuple[Quadrature, Quadrature]:
    """Return a quadrature of at least `least` points, and one half as fine again."""
    enough = panels.at_least(math.ceil(least / points))
    return enough.quadrature(points), enough.quadrature(points + points // 2)


def ritz_start(well: WellEquation, recipe: WellRecipe, seed: int) -> Started:
    """Return the lowest states by Rayleigh–Ritz: in global units, or local ones where those fail."""
    if not plain(well):
        return _local(well, recipe)
    best = global_start(well, recipe, seed)
    return best if resolved(best, FINE) else _lower(best, _local(well, recipe))


def global_start(well: WellEquation, recipe: WellRecipe, seed: int) -> Started:
    """Return the lowest states by Rayleigh–Ritz in global units, whatever the well."""
    return _refined(well, recipe, well.panels, SPREAD, seed)


def _lower(first: Started, second: Started) -> Started:
    """Return the second start where an energy of it is lower, or the first is not resolved."""
    gains = [
        one.certificate.rayleigh - other.certificate.rayleigh > LOWER * one.height
        for one, other in zip(first.states, second.states, strict=True)
    ]
    return second if any(gains) or not resolved(first, RESOLVED) else first


def _local(well: WellEquation, recipe: WellRecipe) -> Started:
    found = patch_states(well)
    coarse, fine = grids(found.panels, recipe.points, 1)
    meter = Meter(well, coarse, fine)
    rows = zip(found.waves, found.energies, strict=True)
    states = tuple(meter.state(wave, float(energy)) for wave, energy in rows)
    return Started(states, meter, found.next_energy, {"ritz": found.curve})


def _refined(well: WellEquation, recipe: WellRecipe, panels: Panels, spread: Spread, seed: int) -> Started:
    """Return Ritz states on panels halved until the energies no longer depend on the quadrature."""
    best = _ritz(well, recipe, panels, panels, spread, seed)
    finer = panels
    for _ in range(HALVINGS):
        if quadrature_holds(best):
            break
        finer = finer.at_least(2 * len(finer.need))
        best = _better(best, _ritz(well, recipe, panels, finer, spread, seed))
    return best


def _ritz(
    well: WellEquation, recipe: WellRecipe, panels: Panels, finer: Panels, spread: Spread, seed: int
) -> Started:
    spread = replace(spread, width=max(spread.width, min(UNITS_A_PANEL * len(panels.need), WIDEST)))
    coarse, fine = grids(finer, recipe.ritz_points, 2 * spread.width)
    network = hidden_network(well, panels, spread, seed)
    basis = whitened(well, network, coarse, spread.cut)
    ritz = rayleigh_ritz(well, basis, coarse)
    meter = Meter(well, coarse, fine)
    rows = zip(ritz.coefficients, ritz.energies, strict=True)
    states = tuple(meter.state(single(network, row), float(energy)) for row, energy in rows)
    return Started(states, meter, ritz.next_energy, {"ritz": convergence(well, basis, coarse)})


def _better(first: Started, second: Started) -> Started:
    """Return the one with the lower energies, which bound the true ones above; a bad quadrature loses."""

    def rank(start: Started) -> tuple[bool, float]:
        certificates = [state.certificate for state in start.states]
        if quadrature_holds(start):
            return False, math.fsum(item.rayleigh for item in certificates)
        return True, max(item.refinement for item in certificates)

    return min(first, second, key=rank)


def quadrature_holds(start: Started) -> bool:
    """Whether no energy depends on the quadrature."""
    return all(
        certificate.refinement <= SETTLED * (abs(certificate.rayleigh) + start.meter.well.scales.unit)
        for certificate in (state.certificate for state in start.states)
    )


def resolved(start: Started, share: float) -> bool:
    """Whether Temple's bound, residual²/gap, is a small share of its height for every state."""
    bounds = np.array([state.certificate.residual_bound for state in start.states])
    heights = np.array([state.height for state in start.states])
    return quadrature_holds(start) and bool((bounds**2 / gaps_of(start) <= share * heights).all())


def gaps_of(start: Started) -> np.ndarray:
    """Return the distance of each state to the nearest level that is not (nearly) degenerate with it."""
    energies = [*(state.certificate.rayleigh for state in start.states), start.next_energy]
    heights = [state.height for state in start.states]
    return np.array(
        [level_gap(np.array(energies), n, SEPARATE * size) for n, size in enumerate(heights)], np.float64
    )


@dataclass(frozen=True)
class RandomStart:
    """The source paper's method: a random network, trained E and normalization, until it is state n."""

    well: WellEquation
    recipe: WellRecipe
    trainer: StateTrainer
    meter: Meter

    def states(self, seed: int) -> tuple[CertifiedState, ...]:
        """Return the states, each orthogonal to those before; the last try stands if none is right."""
        states: tuple[CertifiedState, ...] = ()
        for index in range(self.well.states):
            states = self._with_state(index, states, seed)
        return states

    def _guess(self, index: int, lower: tuple[CertifiedState, ...], attempt: int) -> float:
        """Return the level of a plain box; on later tries the last energy and a growing part of a spacing."""
        scales = self.well.scales
        if index == 0 or attempt == 0 or self.well.energies_fixed:
            return scales.guess(index)
        return lower[-1].trained + 0.5 * attempt * (scales.guess(index) - scales.guess(index - 1))

    def _with_state(
        self, index: int, lower: tuple[CertifiedState, ...], seed: int
    ) -> tuple[CertifiedState, ...]:
        """Return the states with one more; those too close to it to be told apart are turned with it."""
        networks = tuple(state.network for state in lower)
        for attempt in range(self.recipe.restarts):
            problem = BoundState(self.well, index, self._guess(index, lower, attempt), networks)
            draws = generator(seed, index, attempt)
            network = MLP(self.well.inputs().count, self.recipe.hidden, generator=draws)
            tried = (*lower, self.meter.state(*self.trainer.train(problem, network)))
            if alive(tried[-1].certificate) and (pair := turned(self.meter, tried)) is not tried:
                tried = turned(self.meter, self._polished(lower, pair))
            if self.trainer.monitor.stop or all(is_state(n, tried[n].certificate) for n in range(index + 1)):
                break
        return tried

    def _polished(
        self, before: tuple[CertifiedState, ...], states: tuple[CertifiedState, ...]
    ) -> tuple[CertifiedState, ...]:
        """Return the states, those that were turned trained once more, where that lowers their residual."""
        trainer = replace(self.trainer, max_steps=max(1, self.trainer.max_steps // POLISH))
        done: tuple[CertifiedState, ...] = ()
        for index, state in enumerate(states):
            kept = index < len(before) and state is before[index]
            if not kept and isinstance(state.network, MLP):
                problem = BoundState(self.well, index, state.trained, tuple(one.network for one in done))
                new = self.meter.state(*trainer.train(problem, state.network))
                less = new.certificate.residual_bound < state.certificate.residual_bound
                state = new if less and is_state(index, new.certificate) else state
            done = (*done, state)
        return done


def alive(certificate: Certificate) -> bool:
    """Whether a trained ψ has the norm asked for."""
    return abs(certificate.norm - 1.0) < NORM_ERROR


def is_state(index: int, certificate: Certificate) -> bool:
    """Whether a trained ψ has the norm asked for and the nodes of state `index`."""
    return alive(certificate) and certificate.nodes == index

"""The inverse of the premixed flame: constants of the gas from measured temperature and velocity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sciml.contracts.answer import Answer
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameter
from sciml.contracts.problem import Settings
from sciml.errors import ArgumentError
from sciml.flame import LENGTH, FreedFlame, Mixture, Observations, read_csv, simulate
from sciml.pinn import InverseProblem


@dataclass(frozen=True)
class PremixedFlameInverse(InverseProblem):
    """Constants of a premixed flame (the model gas) from noisy T and u at a few points, with error bars.

    Observations are simulated with the gas's own constants, or read from a table whose header gives units,
    such as `x [mm],T [K],u [m/s]`. An unknown begins with its guess; the other constants are the gas's own.

    References:
        J. Wu et al., FlamePINN-1D, arXiv:2406.09071 (2024), case 1.
    """

    kind = "flame"

    phi: float = parameter(0.46, "equivalence ratio", low=0.35, high=0.6)
    T_in: float = parameter(298.0, "temperature of the fresh gas", "K", low=250.0, high=650.0)
    p_atm: float = parameter(1.0, "pressure of the fresh gas", "atm", low=0.5, high=5.0)
    unknowns: str = parameter("conductivity,Ea", "what to infer, of conductivity, Ea, A and nu, by commas")
    observations: str = parameter("", "a CSV table of x with T, u or both, with units; by default simulated")
    points: int = parameter(10, "points of simulated observations, even over 1.5 mm", low=3, high=1000)
    noise: float = parameter(0.02, "standard deviation of each value, relative to it", low=0.0, high=0.5)
    data_seed: int = parameter(0, "seed of the noise of simulated observations", low=0)
    guess_conductivity: float = parameter(0.03, "first guess of the conductivity", "W/m/K", above=0.0)
    guess_Ea: float = parameter(1.5e5, "first guess of the activation energy", "J/mol", above=0.0)
    guess_A: float = parameter(1.4e8, "first guess of the pre-exponential factor", above=0.0)
    guess_nu: float = parameter(1.6, "first guess of the order of the reaction", low=1.3, high=1.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.observations or self.noise > 0:
            return
        raise ArgumentError("parameter 'noise': got 0, expected > 0 with a table of observations")

    @cached_property
    def gas(self) -> Mixture:
        """The gas with its own constants."""
        return Mixture(phi=self.phi, T_in=self.T_in, p_atm=self.p_atm)

    @property
    def forward(self) -> FreedFlame:
        """The flame of the gas."""
        return FreedFlame(gas=self.gas)

    @cached_property
    def measured(self) -> Observations:
        """The table's observations, or simulated ones."""
        if self.observations:
            return read_csv(self.observations, LENGTH, self.noise)
        return simulate(self.gas, self.points, self.noise, self.data_seed, LENGTH)

    @property
    def guesses(self) -> Mapping[str, float]:
        """The unknowns with first guesses."""
        known = {name: getattr(self, f"guess_{name}") for name in self.forward.constants}
        names = [name.strip() for name in self.unknowns.split(",") if name.strip()]
        return {name: known.get(name, 1.0) for name in names}

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Infer; where the observations are simulated, the true constants stand beside the estimates."""
        answer = super().run(settings, monitor)
        true = {} if self.observations else {name: getattr(self.gas, name, None) for name in self.guesses}
        told = {name: {**answer.certificates.get(name, {}), "true": value} for name, value in true.items()}
        return replace(answer, certificates={**answer.certificates, **told})

"""The scales, the source and the outline of a premixed flame, for trial values of its scalars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import softplus

from sciml.flame.mixture import Mixture, R, arrhenius
from sciml.numerics.derivatives import Jet, Order2

KNEE, BEND = 3.5, 0.9  # log-odds at which the outline bends, and by how much of its slope


@dataclass(frozen=True)
class Scales:
    r"""The equation $\theta''/k^2-\theta'/k+Q=0$ of a mixture, $T=T_{max}-(T_{max}-T_c)(1-\theta)$.

    $k=\rho_{in}s_Lc_p/\lambda$ is one over the thickness of the preheat zone. $T_c=T_{in}-T'(0)/k$ is what
    the exponential tail ahead of the flame tends to. Every number may be a tensor (n,), one a row.

    Args:
        mixture: The gas and its state.
        s_L: Laminar burning velocity [m/s].
        conductivity: Thermal conductivity λ [W/m/K].
        Ea: Activation energy [J/mol].
        A: Pre-exponential factor.
        nu: Order of the reaction.
    """

    mixture: Mixture
    s_L: Tensor
    conductivity: Tensor | float
    Ea: Tensor | float
    A: Tensor | float
    nu: Tensor | float

    @cached_property
    def k(self) -> Tensor:
        """ρ_in s_L cp/λ [1/m]."""
        return self.mixture.rho_in * self.s_L * self.mixture.cp / self.conductivity

    @cached_property
    def rise(self) -> float:
        """T_max − T_in [K]."""
        return self.mixture.T_max - self.mixture.T_in

    @cached_property
    def span(self) -> Tensor:
        """T_max − T_c [K]."""
        return self.rise + self.mixture.slope / self.k

    @cached_property
    def first(self) -> Tensor:
        """The log-odds of θ at x = 0, where T = T_in."""
        return torch.log(self.mixture.slope / (self.k * self.rise))

    @cached_property
    def tilt(self) -> Tensor:
        """The slope of the log-odds at x = 0 [1/m], where T' is given."""
        return self.k * self.span / self.rise

    def source(self, T: Tensor, unburnt: Tensor) -> tuple[Tensor, Tensor]:
        """Return Q and dQ/dθ where T is the temperature [K] and 1 − θ is `unburnt`."""
        mixture, s_L = self.mixture, self.s_L
        u = mixture.velocity(T, s_L, torch)
        fuel = mixture.cp * self.span * unburnt / mixture.heat
        dense = fuel * mixture.rho_in * s_L / u
        burning = arrhenius(T, dense, Ea=self.Ea, A=self.A, nu=self.nu, xp=torch)
        Q = burning * mixture.heat / (self.conductivity * self.k.square() * self.span)
        root = s_L + mixture.Rg * mixture.T_in / s_L - 2 * u
        loss = 1 / (self.span * unburnt) + mixture.Rg / (root * u)
        return Q, Q * self.span * (self.Ea / (R * T.square()) - self.nu * loss)


def outline(rising: Jet, knee: Tensor) -> Jet:
    """Return a rough z − z₀: zero and as steep as `rising` at x = 0, and bent where `rising` + `knee` > 0."""
    bent = (rising + knee).apply(_softplus) - softplus(knee) - rising * torch.sigmoid(knee)
    return rising - BEND * bent


def _softplus(z: Tensor) -> Order2:
    slope = torch.sigmoid(z)
    return softplus(z), slope, slope * (1 - slope)

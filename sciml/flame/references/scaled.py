"""The premixed flame without units, as all its reference solvers use it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from sciml.flame.mixture import Mixture, Values, arrhenius


@dataclass(frozen=True)
class Scaled:
    r"""The equation of a mixture for a trial value of s_L, in the thickness of the preheat zone.

    With $\xi=x\rho_{in}s_Lc_p/\lambda$, the deficit $y=(T_{max}-T)/(T_{max}-T_{in})$, the slope $P=-y_\xi$,

    $$P'=P-\Omega(y),\qquad \Omega=\frac{q\lambda w}{(\rho_{in}s_Lc_p)^2(T_{max}-T_{in})}.$$

    Near the burnt gas P lies on the slow manifold $P=\Omega-PP_y=\Omega-\Omega\Omega_y+\dots$
    """

    mixture: Mixture
    s_L: float

    @cached_property
    def rise(self) -> float:
        """T_max − T_in [K]."""
        return self.mixture.T_max - self.mixture.T_in

    @cached_property
    def thickness(self) -> float:
        """The unit of length [m]."""
        return float(self.mixture.thickness(self.s_L))

    @cached_property
    def pinned(self) -> float:
        """P at the left end, from the given T'(0)."""
        return self.mixture.slope * self.thickness / self.rise

    @cached_property
    def _unit(self) -> Values:
        mixture = self.mixture
        flux = mixture.rho_in * self.s_L * mixture.cp
        return mixture.heat * mixture.conductivity / (flux * flux * self.rise)

    def temperature(self, y: Values) -> Values:
        """Return the temperature [K] where the deficit is `y`."""
        return self.mixture.T_max - self.rise * y

    def omega(self, y: Values, xp: ModuleType = math) -> Values:
        """Return Ω(y); with NumPy as `xp` for arrays, real or complex."""
        mixture, T = self.mixture, self.temperature(y)
        fuel_density = mixture.density(T, self.s_L, xp) * (mixture.Y_in * y)
        return self._unit * arrhenius(T, fuel_density, Ea=mixture.Ea, A=mixture.A, nu=mixture.nu, xp=xp)

    def manifold(self, y: float) -> float:
        """Return P on the slow manifold, right to second order in the deficit `y` and to all if Ω ~ y."""
        step = 1e-4 * y
        omega_y = (self.omega(y + step) - self.omega(y - step)) / (2.0 * step)
        return float(2.0 * self.omega(y) / (1.0 + math.sqrt(1.0 + 4.0 * max(omega_y, 0.0))))

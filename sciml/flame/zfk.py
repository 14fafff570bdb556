"""The rate of the ZFK flame, and what follows from it in the burnt and in the unburnt gas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType

from sciml.flame.mixture import Values


@dataclass(frozen=True)
class ZfkRate:
    """ω = (β²/2Le) Y exp(−β(1 − θ)/(1 − γ(1 − θ))), with θ'' − mθ' + ω = 0 and Y''/Le − mY' − ω = 0.

    The methods take floats, or, with `xp=np` or `xp=torch`, arrays or tensors.

    Args:
        beta: The Zeldovich number β.
        gamma: The heat release γ = (T_b − T_u)/T_b.
        lewis: The Lewis number Le.

    References:
        Ya. B. Zeldovich and D. A. Frank-Kamenetskii, Acta Physicochim. URSS 9, 341 (1938).
        W. B. Bush and F. E. Fendell, Combust. Sci. Technol. 1, 421 (1970).
        P. Clavin, Prog. Energy Combust. Sci. 11, 1 (1985).
    """

    beta: float
    gamma: float
    lewis: float

    @property
    def factor(self) -> float:
        """β²/2Le, the rate at θ = 1 for Y = 1."""
        return 0.5 * self.beta**2 / self.lewis

    @property
    def cold_exponent(self) -> float:
        """β/(1 − γ): by e to this power the unburnt gas reacts more slowly than the burnt."""
        return self.beta / (1 - self.gamma)

    @property
    def cold_rate(self) -> float:
        """ω(θ = 0), which is not zero: strictly, there is no flame at all."""
        return self.factor * math.exp(-self.cold_exponent)

    def omega(self, u: Values, y: Values, xp: ModuleType = math) -> Values:
        """Return ω where 1 − θ is `u` and Y is `y`."""
        return self.factor * y * xp.exp(-self.beta * u / (1 - self.gamma * u))

    def decay(self, m: Values, xp: ModuleType = math) -> Values:
        """Return κ > 0 with 1 − θ ∝ Y ∝ e^{−κξ} in the burnt gas: κ²/Le + mκ = β²/2Le."""
        half = 0.5 * m * self.lewis
        return xp.sqrt(half**2 + self.lewis * self.factor) - half

    def remainder(self, m: float) -> float:
        """Return Y/(1 − θ) in the burnt gas: (κ + m)/(κ/Le + m), one where Le = 1."""
        kappa = float(self.decay(m))
        return (kappa + m) / (kappa / self.lewis + m)

    @property
    def asymptotic(self) -> float:
        """The first two terms of m for large β at Le = 1: 1 − (3γ − 1.344)/β."""
        return 1 - (3 * self.gamma - 1.344) / self.beta

"""What spectroscopists ask of states: mean positions, dipole matrix elements, oscillator strengths."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sciml.numerics.domains import Array, Quadrature

MOST = 12  # states, of which every pair is listed


def observables(
    energies: Array, psi: Array, quadrature: Quadrature, free: float | None = None
) -> Mapping[str, float]:
    """Return ⟨x⟩ and ⟨x²⟩ of each state, and of each pair the gap, |⟨m|x|n⟩| and the oscillator strength.

    The strength is f = (2mₑ/ħ²)(E_n − E_m)|⟨m|x|n⟩|², by the free electron's mass.

    Args:
        energies: Of the states (K,), ascending.
        psi: The states (n, K) on the quadrature.
        quadrature: Points and weights.
        free: ħ²/2mₑ in the units of energy times length²; None leaves the strengths out.
    """
    w, x = quadrature.weights[:, None], quadrature.points[:, None]
    positions, squares = psi.T @ (w * x * psi), psi.T @ (w * x**2 * psi)
    found = {f"x_{n}": float(positions[n, n]) for n in range(len(energies))}
    found |= {f"x2_{n}": float(squares[n, n]) for n in range(len(energies))}
    for m, n in _pairs(len(energies)):
        gap, dipole = float(energies[n] - energies[m]), abs(float(positions[m, n]))
        found |= {f"gap_{m}_{n}": gap, f"dipole_{m}_{n}": dipole}
        if free is not None:
            found[f"strength_{m}_{n}"] = gap * dipole**2 / free
    return found


def units_of(names: Mapping[str, float], energy: str, length: str) -> dict[str, str]:
    """Return the units of observables by their names."""
    square = f"{length}^2" if length else ""
    units = {"x": length, "x2": square, "gap": energy, "dipole": length, "strength": ""}
    return {name: units[name.split("_")[0]] for name in names}


def _pairs(count: int) -> list[tuple[int, int]]:
    if count <= MOST:
        return [(m, n) for m in range(count) for n in range(m + 1, count)]
    return [(n, n + 1) for n in np.arange(count - 1).tolist()]

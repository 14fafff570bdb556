"""The constants of a mechanism: thermodynamics, transport and one reaction, by `benchmarks/gas_data.py`.

Species from GRI-Mech 3.0, whose NASA polynomials and Lennard-Jones parameters Cantera 3 reads and fits; the
reaction CH4 + 2 O2 -> CO2 + 2 H2O with the rate A exp(-Ea/RT) [CH4] [O2]^0.5, as in FlamePINN-1D.

References:
    G. P. Smith et al., GRI-Mech 3.0, http://www.me.berkeley.edu/gri_mech (1999).
    D. G. Goodwin et al., Cantera, https://www.cantera.org, doi:10.5281/zenodo.14455267.
    J. Wu et al., FlamePINN-1D, arXiv:2406.09071 (2024), cases 2 and 3.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from sciml.numerics.domains import Array

R = 8314.46261815324  # J/kmol/K, CODATA 2018
LAST = "N2"  # the species that makes up what is left


@dataclass(frozen=True, eq=False)
class GasData:
    """Constants of K species and one reaction; kmol, m, s, J, K.

    Attributes:
        names: Of the species; nitrogen is the last.
        W: Molar masses (K,) [kg/kmol].
        thermo: Temperature of the break, seven NASA coefficients above it, seven below it (K, 15).
        conductivity: λ_k = √T Σ a_i ln^i T [W/m/K] (K, 5).
        viscosity: √μ_k = T^¼ Σ a_i ln^i T [√(Pa s)] (K, 5).
        diffusion: p D_kj = T^1.5 Σ a_i ln^i T [Pa m²/s] (K, K, 5).
        nu: Net stoichiometric coefficients of the reaction (K,).
        A: Its pre-exponential factor.
        Ea: Its activation energy [J/kmol].
        elements: Atoms of C, H, O, N in each species (K, 4).
    """

    names: tuple[str, ...]
    W: Array
    thermo: Array
    conductivity: Array
    viscosity: Array
    diffusion: Array
    nu: Array
    A: float
    Ea: float
    elements: Array


@cache
def methane() -> GasData:
    """Return methane and air of five species, burning in one step."""
    text = files("sciml.flame.gases").joinpath("methane_one_step.json").read_text()
    plain: dict[str, Any] = json.loads(text)
    arrays = ("W", "thermo", "conductivity", "viscosity", "diffusion", "nu", "elements")
    return GasData(
        names=tuple(plain["names"]),
        A=plain["A"],
        Ea=plain["Ea"],
        **{name: np.array(plain[name], dtype=float) for name in arrays},
    )

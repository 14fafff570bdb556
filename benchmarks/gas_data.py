"""Write the constants of the one-step methane mechanism, from Cantera's own species and fits.

Run `pip install 'sciml[flame]'`, then `python benchmarks/gas_data.py [FILE]`; the package itself does not
need Cantera.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cantera as ct

NAMES = ("O2", "H2O", "CH4", "CO2", "N2")
ELEMENTS = ("C", "H", "O", "N")
REACTION = """
- equation: CH4 + 2 O2 => CO2 + 2 H2O
  rate-constant: {A: 1.1e+10 cm^1.5/mol^0.5/s, b: 0.0, Ea: 2.0e+4 cal/mol}
  orders: {CH4: 1.0, O2: 0.5}
"""
FILE = Path(__file__).parents[1] / "sciml/flame/gases/methane_one_step.json"


def one_step() -> ct.Solution:
    known = {item.name: item for item in ct.Species.list_from_file("gri30.yaml")}
    species = [known[name] for name in NAMES]
    empty = ct.Solution(thermo="ideal-gas", kinetics="gas", species=species)
    gas = ct.Solution(
        thermo="ideal-gas",
        kinetics="gas",
        transport_model="mixture-averaged",
        species=species,
        reactions=ct.Reaction.list_from_yaml(REACTION, empty),
    )
    gas.transport_model = "mixture-averaged"
    return gas


def constants(gas: ct.Solution) -> dict[str, object]:
    (reaction,), every = gas.reactions(), range(gas.n_species)
    made, used = reaction.products, reaction.reactants
    return {
        "source": f"GRI-Mech 3.0 by Cantera {ct.__version__}; polynomials of ln T as Cantera fits them",
        "names": list(gas.species_names),
        "W": gas.molecular_weights.tolist(),
        "thermo": [item.thermo.coeffs.tolist() for item in gas.species()],
        "conductivity": [gas.get_thermal_conductivity_polynomial(k).tolist() for k in every],
        "viscosity": [gas.get_viscosity_polynomial(k).tolist() for k in every],
        "diffusion": [[gas.get_binary_diff_coeffs_polynomial(k, j).tolist() for j in every] for k in every],
        "nu": [made.get(name, 0.0) - used.get(name, 0.0) for name in gas.species_names],
        "A": reaction.rate.pre_exponential_factor,
        "Ea": reaction.rate.activation_energy,
        "elements": [[gas.n_atoms(name, element) for element in ELEMENTS] for name in gas.species_names],
    }


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    file.write_text(json.dumps(constants(one_step()), indent=1) + "\n")

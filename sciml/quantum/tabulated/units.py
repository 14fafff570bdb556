"""Units of a file's columns, in SI, and ħ²/2m in any of them (CODATA 2018)."""

from __future__ import annotations

from sciml.errors import DataError

HBAR, ELECTRON, CHARGE = 1.054571817e-34, 9.1093837015e-31, 1.602176634e-19
BOHR, HARTREE = 5.29177210903e-11, 4.3597447222071e-18

LENGTHS = {
    "m": 1.0,
    "mm": 1e-3,
    "um": 1e-6,
    "µm": 1e-6,
    "nm": 1e-9,
    "A": 1e-10,
    "Å": 1e-10,
    "angstrom": 1e-10,
    "pm": 1e-12,
    "fm": 1e-15,
    "bohr": BOHR,
    "a0": BOHR,
}
ENERGIES = {
    "J": 1.0,
    "eV": CHARGE,
    "meV": 1e-3 * CHARGE,
    "keV": 1e3 * CHARGE,
    "MeV": 1e6 * CHARGE,
    "hartree": HARTREE,
    "Eh": HARTREE,
    "Ry": 0.5 * HARTREE,
    "K": 1.380649e-23,
    "cm^-1": 1.986445857148929e-23,
}
MASSES = {"m_e": 1.0, "me": 1.0, "m0": 1.0, "m_0": 1.0, "kg": 1 / ELECTRON, "u": 1.66053906660e-27 / ELECTRON}


def unit(known: dict[str, float], name: str, what: str, place: str) -> float:
    """Return a unit's size, or raise a DataError that lists those that are known."""
    if name not in known:
        raise DataError(f"{place}: got the unit {name!r} of {what}, expected one of {', '.join(known)}")
    return known[name]


def free_kinetic(length: str, energy: str) -> float:
    """Return ħ²/2mₑ in a unit of energy times the square of a unit of length.

    >>> round(free_kinetic("nm", "eV"), 9)
    0.038099821
    """
    return HBAR**2 / (2 * ELECTRON) / (ENERGIES[energy] * LENGTHS[length] ** 2)

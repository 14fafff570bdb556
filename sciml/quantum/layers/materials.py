"""Electrons at the bottom of the conduction band (Γ) of III-V semiconductors: mass and band edge.

Figures are those of Vurgaftman, Meyer and Ram-Mohan, J. Appl. Phys. 89, 5815 (2001), at 0 K and without
strain: gap, valence band offset, mass. Alloys A_xB_{1−x} are interpolated by x A + (1 − x) B − x(1 − x) C, C
the bowing. The conduction band edge is offset + gap.
"""

from __future__ import annotations

from dataclasses import dataclass

from sciml.errors import ArgumentError, did_you_mean

EV = 1000.0  # meV
HBAR2 = 38.099821114859614  # ħ²/2mₑ in meV nm², CODATA 2018


@dataclass(frozen=True)
class Material:
    """Figures of a binary compound, or of an alloy's bowing.

    Attributes:
        gap: The gap at Γ [eV].
        valence: The valence band offset [eV].
        mass: The mass of the electron at the bottom of the band, in free ones.
    """

    gap: float
    valence: float
    mass: float

    @property
    def edge(self) -> float:
        """The bottom of the conduction band [eV], on the scale of the offsets."""
        return self.gap + self.valence


@dataclass(frozen=True)
class Alloy:
    """A_xB_{1−x}, by its two compounds and the bowing, which may rise with x by `rise` in the gap."""

    first: str
    second: str
    bowing: Material
    rise: float = 0.0

    def at(self, x: float) -> Material:
        """Return the figures at a share x of the first compound."""
        a, b = BINARIES[self.first], BINARIES[self.second]
        return Material(
            *(
                x * one + (1 - x) * other - x * (1 - x) * bend
                for one, other, bend in (
                    (a.gap, b.gap, self.bowing.gap + self.rise * x),
                    (a.valence, b.valence, self.bowing.valence),
                    (a.mass, b.mass, self.bowing.mass),
                )
            )
        )


BINARIES = {
    "GaAs": Material(1.519, -0.80, 0.067),
    "AlAs": Material(3.099, -1.33, 0.15),
    "InAs": Material(0.417, -0.59, 0.026),
}
ALLOYS = {
    "AlGaAs": Alloy("AlAs", "GaAs", Material(-0.127, 0.0, 0.0), 1.310),
    "InGaAs": Alloy("InAs", "GaAs", Material(0.477, -0.38, 0.0091)),
    "InAlAs": Alloy("InAs", "AlAs", Material(0.70, -0.64, 0.049)),
}


def material(name: str, x: float | None) -> Material:
    """Return the figures of a compound, or of an alloy at a share x of its first metal.

    Raises:
        ArgumentError: For a name that is not known, a missing or needless x, or one outside [0, 1].
    """
    if name in BINARIES:
        if x is not None:
            raise ArgumentError(f"x: got {x!r}, expected none for {name}, which is no alloy")
        return BINARIES[name]
    if name not in ALLOYS:
        nearest = did_you_mean(name, [*BINARIES, *ALLOYS])
        raise ArgumentError(
            f"material: got {name!r}: {nearest}; for another give mass= and offset_meV= of the layer"
        )
    if x is None or not 0 <= x <= 1:
        raise ArgumentError(f"x: got {x!r}, expected the share of {ALLOYS[name].first} in {name}, 0 to 1")
    return ALLOYS[name].at(x)

"""One layer of a stack."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.arguments import check_number
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.quantum.layers.materials import BINARIES, EV, HBAR2, material


@dataclass(frozen=True)
class Layer:
    """A layer of a semiconductor.

    Args:
        material: "GaAs", "AlAs", "InAs", "AlGaAs", "InGaAs", "InAlAs"; any name where `mass` and `offset_meV`
            are given.
        x: In an alloy, the share of the metal named first.
        nm: The thickness.
        mass: The mass of the electron, in free ones; None takes the material's.
        offset_meV: The bottom of the conduction band above that of GaAs; None takes the material's.

    Raises:
        ArgumentError: For a material that is not known, x outside [0, 1], a thickness or mass ≤ 0.

    >>> round(Layer("AlGaAs", x=0.3, nm=20.0).edge)
    259
    """

    material: str
    x: float | None = None
    nm: float = 10.0
    mass: float | None = None
    offset_meV: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.material, str):
            raise ArgumentTypeError(f"material: got {self.material!r}, expected a name such as 'GaAs'")
        check_number("nm", self.nm, above=0, advice="a thickness in nm")
        if self.x is not None:
            check_number("x", self.x)
        if self.mass is not None:
            check_number("mass", self.mass, above=0, advice="in free electron masses")
        if self.offset_meV is not None:
            check_number("offset_meV", self.offset_meV)
        if self.mass is None or self.offset_meV is None:
            material(self.material, self.x)

    @property
    def kinetic(self) -> float:
        """ħ²/2m [meV nm²]."""
        return HBAR2 / (material(self.material, self.x).mass if self.mass is None else self.mass)

    @property
    def edge(self) -> float:
        """The bottom of the conduction band above that of GaAs [meV]."""
        if self.offset_meV is not None:
            return float(self.offset_meV)
        return EV * (material(self.material, self.x).edge - BINARIES["GaAs"].edge)


def check_layers(layers: object) -> tuple[Layer, ...]:
    """Return layers as a tuple, or say what is wrong with them."""
    if not isinstance(layers, list | tuple) or not all(isinstance(layer, Layer) for layer in layers):
        raise ArgumentTypeError(f"layers: got {layers!r}, expected a list of Layer")
    if not layers:
        raise ArgumentError("layers: got none, expected at least one")
    return tuple(layers)

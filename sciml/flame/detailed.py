r"""The freely propagating flame with detailed transport, in flux form, its burning velocity trained with it.

ψ(x) [kmol/kg] is the fuel burnt ahead of x. Then ε_k = Y_k,in + ν_k W_k ψ are the shares of the mass flux
m = ρ_in s_L, m(ε_k − Y_k) the diffusive fluxes, and the equations are of first order:

$$m\psi'=\dot r(T,Y),\qquad\lambda T'=m\Bigl[\sum_k\epsilon_kh_k(T)-h_{in}\Bigr],\qquad
m(\epsilon_k-Y_k)=-\rho\frac{W_k}{W}D_kX_k'+Y_k\sum_i\rho\frac{W_i}{W}D_iX_i'.$$

The network's six outputs are changes of the log-odds of T, with T(0) = 1000 K exactly, of the log-odds of ψ,
and of four mass fractions; nitrogen is the rest. Rows are divided by √(θ(1 − θ)), or the same of ψ, so that
they are of order one in both tails.

References:
    J. Wu, S. Zhang, Y. Wu, G. Zhang, X. Li and H. Zhang, FlamePINN-1D, arXiv:2406.09071, case 2.
    R. J. Kee, M. E. Coltrin, P. Glarborg and H. Zhu, Chemically reacting flow, Wiley (2017), chapter 12.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar

import torch
from torch import Tensor

from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flame.detailed_evidence import Conserved
from sciml.flame.gases.methane_air import FUEL, PIN, MethaneAir
from sciml.flame.gases.tensors import TorchGas
from sciml.flame.layers import graded
from sciml.flame.references.detailed import CITATION, METHOD, detailed_reference
from sciml.numerics.derivatives import Jet, exp, sigmoid
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.pinn import Anchored, Evidence, PinnRecipe, Pointwise, ResidualProblem, Sample, Scalar
from sciml.pinn.fields import PinnFields

LEFT, RIGHT = -9.0, 14.0  # preheat zones ahead of the pin and behind it
BEYOND = 28.0  # preheat zones to which the reference goes: at φ = 1 the gas burns out slowly
LAYER, THIN, PANELS = 1.0, 1.5, 6  # where the quadrature's panels narrow, to what, and how many there are
BURNS, STEEP = 2.0, 1.3  # the outline of ψ is one half there; its log-odds' slope (preheat zones)
STEEPEST, LAST = 6.0, 0.1  # largest first weight, for inputs in [-1, 1]; share of the last layer's weights
BEND = 0.1  # mass fraction that an output of one changes
SPECIES = 0.05  # mass fraction by which the rows of species are divided
BOUND = 0.9  # largest |log(s_L/guess)|
NAMES = ("O2", "H2O", "CH4", "CO2")


@dataclass(frozen=True)
class DetailedRecipe(PinnRecipe):
    """Sizes for a detailed flame; tolerances are those of s_L, and of T and mass fractions in the L2 norm."""

    max_steps: int = 400
    tolerance: float = 5e-6
    field_tolerance: float = 2e-4
    hidden: tuple[int, ...] = (16, 16)
    points: int = 24
    loss: float = 1.6e-7


QUICK = replace(DetailedRecipe(), max_steps=150, tolerance=2e-4, field_tolerance=1e-3, loss=5e-6)


@dataclass(frozen=True)
class Transported:
    """What several rows use: shares of the mass flux, fluxes over m, h_k, λ/m, the rate over m.

    Attributes:
        carried: ε_k (K, n).
        Y: Mass fractions (K, n).
        diffusive: j_k/m (K, n).
        h: Enthalpies [J/kg] (K, n).
        conducting: λ/m [J m/kg/K] (n,).
        burning: Rate of progress over m [kmol/kg/m] (n,).
    """

    carried: Tensor
    Y: Tensor
    diffusive: Tensor
    h: Tensor
    conducting: Tensor
    burning: Tensor


class DetailedFlame(ResidualProblem):
    """A flame of a `gas`, from fresh to burnt, placed by T(0) = 1000 K."""

    kind: ClassVar[str] = "flame"
    methods: ClassVar[tuple[str, ...]] = ("lm", "broyden")
    equation: ClassVar[str] = (
        "m psi' = r(T, Y),  lambda T' = m (sum eps_k h_k(T) - h_in),  m (eps_k - Y_k) = j_k(Y, Y', T),  "
        "eps_k = Y_k,in + nu_k W_k psi,  T(0) = 1000 K"
    )

    @property
    @abstractmethod
    def gas(self) -> MethaneAir:
        """The gas and its state."""

    def recipe(self, quick: bool = False) -> DetailedRecipe:
        """Return sizes that bring s_L to 5e-6 and the fields to 2e-4; `quick` s_L to 2e-4, fields to 1e-3."""
        return QUICK if quick else DetailedRecipe()

    @property
    def interval(self) -> Interval:
        """Nine preheat zones ahead of the pin and fourteen behind it [m], cut finely where the gas burns."""
        zone, cut = self.gas.zone, graded(LEFT, RIGHT, LAYER, THIN, PANELS)
        return Interval(LEFT * zone, RIGHT * zone, tuple(edge * zone for edge in cut.interfaces))

    @property
    def anchors(self) -> tuple[float, ...]:
        """Where T is given."""
        return (0.0,)

    @property
    def outputs(self) -> int:
        """Log-odds of T and of ψ, and four mass fractions."""
        return 2 + len(NAMES)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The burning velocity, at first by a formula from the mixture alone, some 25 % too high."""
        return {"s_L": Scalar(self.gas.first_guess, positive=True, unit="m/s", bound=BOUND)}

    @property
    def sensitive_to(self) -> Mapping[str, float]:
        """The state ahead of the flame, A, Ea, and factors on conductivity and diffusion coefficients."""
        return {item.name: float(getattr(self.gas, item.name)) for item in fields(self.gas)}

    def changed(self, constant: str, value: float) -> GivenFlame:
        """Return the flame of a gas with one constant changed."""
        return GivenFlame(replace(self.gas, **{constant: value}))

    def inputs(self) -> InterfaceInputs:
        """Return the position; the panels only cut the quadrature."""
        return InterfaceInputs(self.interval.without_interfaces())

    def start(self, network: MLP, seed: int) -> None:
        """Make the first layer steep, its knots spread over the domain."""
        generator = torch.Generator().manual_seed(seed + 1)
        weight, bias = network.layers[0]
        with torch.no_grad():
            weight.uniform_(-STEEPEST, STEEPEST, generator=generator)
            bias.copy_(-weight[:, 0] * bias.clone().uniform_(-1.0, 1.0, generator=generator))
            network.weights[-1].mul_(LAST)
            network.biases[-1].zero_()

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return T, which meets T(0), and the mass fractions; θ, ψ/ψ_b, and 1 − both for the terms."""
        gas, xi = self.gas, x * (1 / self.gas.zone)
        first = math.log((PIN - gas.T_in) / (gas.T_burnt - PIN))
        z = xi + first + raw[:, 0] - anchored.value[:, 0, 0]
        y = (xi - BURNS) * STEEP + raw[:, 1]
        theta, unburnt = sigmoid(z), sigmoid(-z)
        Y = {f"Y_{name}": self._fraction(k, theta, unburnt, raw[:, 2 + k]) for k, name in enumerate(NAMES)}
        rest = 1 - sum(list(Y.values())[1:], start=next(iter(Y.values())))
        aids = {"_theta": theta, "_unburnt": unburnt, "_psi": sigmoid(y), "_left": sigmoid(-y)}
        return {"T": theta * (gas.T_burnt - gas.T_in) + gas.T_in, **Y, "Y_N2": rest, **aids}

    def _fraction(self, k: int, theta: Jet, unburnt: Jet, raw: Jet) -> Jet:
        """Return a mass fraction that goes from fresh to burnt; the fuel's stays positive."""
        first, rise = float(self.gas.Y_in[k]), float(self.gas.Y_burnt[k] - self.gas.Y_in[k])
        if k == FUEL:
            return unburnt * exp(theta * raw) * first
        return theta * rise + theta * unburnt * raw * BEND + first

    def terms(self) -> tuple[Pointwise, ...]:
        """Return the energy's equation, the rate's, and those of four species."""
        rows: dict[str, Callable[[Sample], Tensor]] = {"energy": self._energy, "rate": self._rate}
        rows |= {name: self._species(k) for k, name in enumerate(NAMES)}
        weight = 1 / math.sqrt(self.gas.zone)
        return tuple(Pointwise(name, "interior", row, weight) for name, row in rows.items())

    def _transported(self, at: Sample) -> Transported:
        gas, T = self.gas, at["T"].value
        torched, m = TorchGas(gas.data, gas.p, T), at.scalars["s_L"] * gas.rho_in
        jets = [at[f"Y_{name}"] for name in (*NAMES, "N2")]
        Y, slope = torch.stack([jet.value for jet in jets]), torch.stack([jet.first for jet in jets])
        here = torched.properties(T, Y)
        X_slope = (slope * here.W - Y * here.W.square() * (slope / torched.W).sum(0)) / torched.W
        free = -gas.diffusivity * here.rho * torched.W / here.W * here.diffusivity * X_slope
        return Transported(
            carried=T.new_tensor(gas.Y_in)[:, None] + torched.gain * gas.burnt * at["_psi"].value,
            Y=Y,
            diffusive=(free - Y * free.sum(0)) / m,
            h=torched.enthalpy(T),
            conducting=gas.conductivity * here.conductivity / m,
            burning=torched.progress(T, here.rho, Y, gas.A, gas.Ea) / m,
        )

    def _energy(self, at: Sample) -> Tensor:
        gas, there = self.gas, at.once("transported", self._transported)
        carried = (there.carried * there.h).sum(0) - gas.h_in
        rise = gas.cp_mean * (gas.T_burnt - gas.T_in)
        return (there.conducting * at["T"].first - carried) / rise * _tails(at, "_theta", "_unburnt")

    def _species(self, k: int) -> Callable[[Sample], Tensor]:
        def row(at: Sample) -> Tensor:
            there = at.once("transported", self._transported)
            missing = there.carried[k] - there.Y[k] - there.diffusive[k]
            return missing / SPECIES * _tails(at, "_theta", "_unburnt")

        return row

    def _rate(self, at: Sample) -> Tensor:
        burning = at.once("transported", self._transported).burning / self.gas.burnt
        return (at["_psi"].first - burning) * self.gas.zone * _tails(at, "_psi", "_left")

    def certify(self, fields: PinnFields) -> Evidence:
        """Return what is conserved, the ends, and the residuals on twice as many points."""
        grid = self.quadrature(self.recipe(), 2)
        found = Conserved.of(self.gas, fields, grid)
        residuals = fields.residuals(grid)
        return Evidence({"s_L": found.certificate(residuals)}, found.fault(residuals))

    def sampling(self) -> Quadrature:
        """Return the points of the training, which are dense where the gas burns."""
        return self.quadrature(self.recipe())

    def reference(self) -> Reference:
        """Return the flame by collocation, its error how far its two formulations differ."""
        flame, grid = detailed_reference(self.gas, LEFT, BEYOND), self.sampling()
        first, second = flame(grid.points), flame.other(grid.points)
        return Reference(
            scalars={"s_L": Measured(flame.s_L, flame.error)},
            fields={
                name: Sampled(grid.points, values, grid.weights, _apart(values, second[name], grid))
                for name, values in first.items()
            },
            method=METHOD,
            citation=CITATION,
        )


def _tails(at: Sample, rising: str, falling: str) -> Tensor:
    """Return 1/√(θ(1 − θ))."""
    tails: Tensor = (at[rising].value * at[falling].value).rsqrt()
    return tails


def _apart(first: Array, second: Array, grid: Quadrature) -> float:
    """Return the relative distance of two profiles in L2."""
    return math.sqrt(float(grid.weights @ (first - second) ** 2) / float(grid.weights @ first**2))


@dataclass(frozen=True)
class GivenFlame(DetailedFlame):
    """The flame of a given gas.

    Attributes:
        given: The gas and its state.
    """

    given: MethaneAir = field(default_factory=MethaneAir)

    @property
    def gas(self) -> MethaneAir:
        """The gas and its state."""
        return self.given

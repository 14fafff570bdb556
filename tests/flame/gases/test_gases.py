"""Properties of the gas: both codings against Cantera, and what neither solver nor reference can see."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import constants

from sciml.errors import ArgumentError
from sciml.flame.gases import arrays
from sciml.flame.gases.data import R, methane
from sciml.flame.gases.methane_air import MethaneAir
from sciml.flame.gases.tensors import TorchGas
from sciml.flame.mixture import ATMOSPHERE

# By Cantera 3.2.0 from the mechanism of benchmarks/gas_data.py.
CANTERA = (
    {
        "T": 300.0, "p_atm": 1.0,
        "Y": [0.22259812738751, 0.0, 0.044642062099855, 0.0, 0.73275981051263],
        "rho": 1.1316517479429, "conductivity": 0.027126379701448, "viscosity": 1.8138433519377e-05,
        "diffusivity": [2.0265623752966e-05, 2.2673781901098e-05, 2.3247273703943e-05, 1.582957325164e-05,
                        2.0964312812178e-05],
        "cp": 1064.4758117765, "h": -205578.21263525, "progress": 2.6177134877052e-10,
    },
    {
        "T": 900.0, "p_atm": 5.0,
        "Y": [0.11596167227183, 0.097930317174997, 0.029070146700684, 0.12759190536936, 0.62944595848313],
        "rho": 1.8681781429169, "conductivity": 0.071550192822517, "viscosity": 3.8088736963176e-05,
        "diffusivity": [2.7377539195439e-05, 3.5977518171375e-05, 3.0780866551342e-05, 2.1443348377054e-05,
                        2.7785097787655e-05],
        "cp": 1342.1737934908, "h": -1853739.2230074, "progress": 1.3480675315666,
    },
    {
        "T": 1700.0, "p_atm": 1.0,
        "Y": [0.047179497840905, 0.099608411494927, 0.00059136561961814, 0.12977826867182, 0.72284245637273],
        "rho": 0.20028286134859, "conductivity": 0.1197297278388, "viscosity": 5.9335463699281e-05,
        "diffusivity": [0.00039881916943423, 0.00053733407422292, 0.00043747470841002, 0.00031263002344919,
                        0.00041554863280025],
        "cp": 1418.0001426331, "h": -717155.7467054, "progress": 0.11847342903306,
    },
)  # fmt: skip
EACH = pytest.mark.parametrize("known", CANTERA, ids=lambda known: f"{known['T']:g} K")


def state(known):
    return methane(), np.array([known["T"]]), known["p_atm"] * ATMOSPHERE, np.array(known["Y"])[:, None]


@EACH
def test_arrays_give_canteras_values(known):
    gas, T, p, Y = state(known)
    X, rho = arrays.mole_fractions(gas, Y), arrays.density(gas, T, p, Y)
    assert rho[0] == pytest.approx(known["rho"], rel=1e-12)
    assert arrays.conductivity(gas, T, X)[0] == pytest.approx(known["conductivity"], rel=1e-11)
    assert arrays.viscosity(gas, T, X)[0] == pytest.approx(known["viscosity"], rel=1e-11)
    np.testing.assert_allclose(arrays.diffusivity(gas, T, p, X, Y)[:, 0], known["diffusivity"], rtol=1e-11)
    assert arrays.heat_capacity(gas, T)[:, 0] @ Y[:, 0] == pytest.approx(known["cp"], rel=1e-12)
    assert arrays.enthalpy(gas, T)[:, 0] @ Y[:, 0] == pytest.approx(known["h"], rel=1e-11)
    progress = arrays.progress(gas, T, rho, Y, gas.A, gas.Ea)[0]
    assert progress == pytest.approx(known["progress"], rel=1e-11)


@EACH
def test_tensors_give_canteras_values(known):
    gas, T, p, Y = state(known)
    T, Y = torch.tensor(T), torch.tensor(Y)
    torched = TorchGas(gas, p, T)
    here = torched.properties(T, Y)
    assert float(here.rho) == pytest.approx(known["rho"], rel=1e-12)
    assert float(here.conductivity) == pytest.approx(known["conductivity"], rel=1e-11)
    assert float(torched.viscosity(T, here.X)) == pytest.approx(known["viscosity"], rel=1e-11)
    np.testing.assert_allclose(here.diffusivity[:, 0], known["diffusivity"], rtol=1e-11)
    assert float((torched.enthalpy(T) * Y).sum()) == pytest.approx(known["h"], rel=1e-11)
    progress = float(torched.progress(T, here.rho, Y, gas.A, gas.Ea))
    assert progress == pytest.approx(known["progress"], rel=1e-11)


def test_properties_can_be_differentiated_by_complex_steps_and_by_autograd():
    gas, T, p, Y = state(CANTERA[1])
    by_step = arrays.conductivity(gas, T + 1e-30j, arrays.mole_fractions(gas, Y)).imag[0] / 1e-30
    leaf = torch.tensor(T, requires_grad=True)
    here = TorchGas(gas, p, leaf).properties(leaf, torch.tensor(Y))
    (by_graph,) = torch.autograd.grad(here.conductivity.sum(), leaf)
    assert float(by_graph) == pytest.approx(by_step, rel=1e-12)


def test_what_solver_and_reference_share_is_pinned_from_outside():
    gas = methane()
    assert pytest.approx(1e3 * constants.R, rel=1e-12) == R
    assert {name: value / 1e-3 for name, value in zip(gas.names, gas.W * 1e-3, strict=True)} == pytest.approx(
        {"O2": 31.998, "H2O": 18.015, "CH4": 16.043, "CO2": 44.009, "N2": 28.014}, abs=2e-3
    )
    # 1.1e10 cm^1.5/mol^0.5/s and 20 kcal/mol, as in the paper
    assert pytest.approx(1.1e10 * (1e-6 * 1e3) ** 0.5, rel=1e-12) == gas.A
    assert pytest.approx(2.0e4 * constants.calorie * 1e3, rel=1e-12) == gas.Ea
    np.testing.assert_array_equal(gas.elements.T @ gas.nu, 0.0)
    assert abs(gas.nu @ gas.W) < 1e-12 * abs(gas.nu) @ gas.W
    zero = arrays.enthalpy(gas, np.array([298.15]))[:, 0] * gas.W
    formed = {"O2": 0.0, "H2O": -241.8e6, "CH4": -74.6e6, "CO2": -393.5e6, "N2": 0.0}  # J/kmol, NIST
    assert dict(zip(gas.names, zero, strict=True)) == pytest.approx(formed, abs=3e5)


def test_the_burnt_gas_keeps_enthalpy_and_elements():
    gas = MethaneAir(phi=0.7, T_in=350.0)
    burnt = arrays.enthalpy(gas.data, np.array([gas.T_burnt]))[:, 0] @ gas.Y_burnt
    assert burnt == pytest.approx(gas.h_in, rel=1e-10)
    before, after = (gas.data.elements.T @ (Y / gas.data.W) for Y in (gas.Y_in, gas.Y_burnt))
    np.testing.assert_allclose(after, before, rtol=1e-12)
    assert gas.Y_burnt[2] == pytest.approx(0.0, abs=1e-16)


@pytest.mark.parametrize("changes", [{"phi": 1.2}, {"T_in": 1000.0}, {"p_atm": 0.0}, {"conductivity": -1.0}])
def test_a_senseless_gas_is_refused(changes):
    with pytest.raises(ArgumentError, match=next(iter(changes))):
        replace(MethaneAir(), **changes)

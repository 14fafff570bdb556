"""Wells as residual problems: rows are local, and exact states make them vanish."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sciml.numerics.derivatives import Jet
from sciml.pinn import Integral, Pointwise, ResidualSystem, Sample
from sciml.pinn.packing import pack

from .wells import BUNDLED, bundled


@pytest.mark.parametrize("name", BUNDLED)
def test_exact_states_make_every_term_vanish(name: str) -> None:
    well = bundled(name, states=3)
    reference = well.reference()
    weights = torch.as_tensor(reference.fields["psi0"].weights)
    sample = exact_sample(well, reference)
    for term in well.terms():
        if isinstance(term, Pointwise):
            assert float((weights * term.f(sample).square()).sum().sqrt()) < 1e-8
        else:
            assert isinstance(term, Integral)
            assert abs(float((weights * term.integrand(sample)).sum()) - term.target) < 1e-9


def exact_sample(well, reference) -> Sample:
    """The reference's states, with psi'' taken from the equation at the reference's energies."""
    x = torch.as_tensor(reference.fields["psi0"].x)
    coefficients = well.coefficients(x)
    fields, scalars = {}, {}
    for n, (psi, energy) in enumerate(
        zip(reference.fields.values(), reference.scalars.values(), strict=True)
    ):
        value = torch.as_tensor(psi.values)
        second = second_derivative(well, psi.x, psi.values)
        fields[f"psi{n}"] = Jet(value, torch.zeros_like(value), torch.as_tensor(second))
        scalars[f"E{n}"] = torch.full_like(x, energy.value)
    return Sample(x, fields, scalars, coefficients)


def second_derivative(well, x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """psi'' by differentiating the interpolating polynomial on each panel: no equation is used."""
    from numpy.polynomial import legendre

    from sciml.quantum.panels import panels_of

    edges = panels_of(well).at_least(12).edges
    nodes, _ = legendre.leggauss(16)
    to_modes = np.linalg.inv(legendre.legvander(nodes, 15))
    half = 0.5 * np.diff(edges)
    modes = values.reshape(len(half), 16) @ to_modes.T
    second = legendre.legval(nodes, legendre.legder(modes, 2, axis=1).T, tensor=True)
    assert np.allclose(x.reshape(len(half), 16)[:, 0], edges[:-1] + half * (1 + nodes[0]))
    return (second / half[:, None] ** 2).ravel()


def test_a_wrong_energy_shows() -> None:
    well = bundled("infinite-well")
    sample = exact_sample(well, well.reference())
    wrong = Sample(sample.x, sample.fields, {"E0": sample.scalars["E0"] * 1.001}, sample.coefficients)
    equation = well.terms()[0]
    assert float(equation.f(wrong).abs().max()) > 1e-4


def test_the_structured_jacobian_is_autograds() -> None:
    well = bundled("barrier", states=2)
    network = well.network(well.recipe(), seed=0)
    system = ResidualSystem(well, network, well.interval.quadrature(7))
    theta = pack(network, torch.tensor([0.1, 0.4], dtype=torch.float64))
    rows, jacobian = system.linearize(theta)
    expected = torch.func.jacrev(system)(theta)
    assert torch.allclose(rows, system(theta), rtol=0, atol=1e-13)
    assert float((jacobian - expected).abs().max()) < 1e-12 * float(expected.abs().max())

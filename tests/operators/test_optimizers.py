"""Muon's step is orthogonal on matrices, SOAP's turns with them; all else is Adam's."""

import pytest
import torch
from torch import nn

from sciml.operators import GalerkinTransformer1d
from sciml.training.matrix_optimizers import Muon, Soap, shared_out
from sciml.training.methods import METHODS
from sciml.training.soap import SoapMatrices


def stepped(rate=0.01):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 1))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizers = Muon()(model, rate)
    x, target = torch.randn(64, 8) * torch.logspace(0, 0.5, 8), torch.randn(64, 8)
    (model[0](x).sin() - target).square().sum().backward()
    (model(x) - 0.3).square().sum().backward()
    for optimizer in optimizers:
        optimizer.step()
    return model, before


def test_the_step_of_a_matrix_is_nearly_orthogonal_and_its_own_size():
    model, before = stepped(0.01)
    step = (before["0.weight"] - model[0].weight.detach()) / (0.01 * 0.2 * 8**0.5)
    gradient = torch.linalg.svdvals(model[0].weight.grad)
    sizes = torch.linalg.svdvals(step)
    assert gradient[0] > 5 * gradient[-1]  # so the gradient is far from orthogonal
    assert ((sizes > 0.6) & (sizes < 1.3)).all(), sizes  # five Newton–Schulz steps bring them near one
    U, _, V = torch.linalg.svd(model[0].weight.grad)
    assert (step - U @ V).norm() < 0.35 * (U @ V).norm()


def test_vectors_and_rows_take_adams_step():
    model, before = stepped(0.01)
    for name in ("0.bias", "1.weight", "1.bias", "2.weight"):
        p = dict(model.named_parameters())[name]
        step = (before[name] - p.detach())[p.grad.abs() > 1e-6]
        assert step.abs().tolist() == pytest.approx([0.4 * 0.01] * step.numel(), rel=1e-3), name


def test_every_parameter_has_exactly_one_optimizer():
    model = GalerkinTransformer1d(width=8, layers=1, modes=4, before=1)
    model.project[0].bias.requires_grad_(False)
    held = [
        p for optimizer in Muon()(model, 1e-3) for group in optimizer.param_groups for p in group["params"]
    ]
    trained = [p for p in model.parameters() if p.requires_grad]
    assert len(held) == len(trained) == len({id(p) for p in held})
    muon, adam = Muon()(model, 1e-3)
    assert {p.ndim for group in muon.param_groups for p in group["params"]} == {2}
    assert [group["lr"] for group in adam.param_groups] == pytest.approx([0.4e-3])


F64 = torch.float64


def path(optimizer, start, loss, steps=40):
    """Return the matrix after so many steps."""
    W = start.clone().requires_grad_()
    made = optimizer([W])
    for _ in range(steps):
        made.zero_grad()
        loss(W).backward()
        made.step()
    return W.detach()


def turned_problem():
    """Return U, V, a start, and a loss that is rough in both spaces, smooth enough to descend."""
    generator = torch.Generator().manual_seed(0)
    draw = [torch.randn(n, m, generator=generator, dtype=F64) for n, m in [(5, 5)] * 4]
    U, V = (torch.linalg.qr(x)[0] for x in draw[:2])
    left, right = torch.logspace(0, -2, 5, dtype=F64), torch.logspace(0, -1, 5, dtype=F64)

    def loss(W):
        gap = left[:, None] * (W - draw[3]) * right
        return (1 + gap.square()).log().sum()

    return U, V, draw[2], loss


def test_soap_turns_with_the_matrix_and_adam_does_not():
    """The iterates of W → f(Uᵀ W Vᵀ) begun at U W₀ V are U W_k V."""
    U, V, start, loss = turned_problem()
    for make, holds in (
        (lambda p: SoapMatrices(p, 0.02), True),
        (lambda p: torch.optim.Adam(p, 0.02), False),
    ):
        plain = path(make, start, loss)
        turned = path(make, U @ start @ V, lambda W: loss(U.mT @ W @ V.mT))
        assert torch.allclose(turned, U @ plain @ V, rtol=0, atol=1e-5) is holds
        assert (plain - start).abs().max() > 0.1


def test_soap_is_fast_where_the_valley_is_turned():
    U, V, start, loss = turned_problem()

    def turned(W):
        return loss(U.mT @ W @ V.mT)

    soap = turned(path(lambda p: SoapMatrices(p, 0.05), start, turned, 200))
    adam = turned(path(lambda p: torch.optim.Adam(p, 0.05, betas=(0.95, 0.95)), start, turned, 200))
    assert soap < 0.5 * adam


def test_the_basis_stays_orthogonal_and_diagonalizes_the_preconditioner():
    _, _, start, loss = turned_problem()
    W = start.clone().requires_grad_()
    optimizer = SoapMatrices([W], 1e-3, frequency=1)
    for _ in range(300):
        optimizer.zero_grad()
        loss(W).backward()
        optimizer.step()
    state = optimizer.state[W]
    for side in ("left", "right"):
        Q, P = state[f"{side}_basis"], state[side]
        torch.testing.assert_close(Q.mT @ Q, torch.eye(5, dtype=F64), rtol=0, atol=1e-12)
        inner = Q.mT @ P @ Q
        assert (inner - inner.diagonal().diag()).norm() < 1e-2 * inner.norm()


@pytest.mark.parametrize("name", METHODS)
def test_every_method_descends(name):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
    x = torch.randn(64, 4)
    target = torch.stack([x[:, 0] * x[:, 1], x[:, 2].sin()], 1)
    make, share = METHODS[name]
    made = make(model, share * 5e-2)
    optimizers = [made] if isinstance(made, torch.optim.Optimizer) else made
    losses = []
    for _ in range(150):
        loss = (model(x) - target).square().mean()
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0], losses[-1]


def test_soap_shares_out_as_muon_does():
    model = GalerkinTransformer1d(width=8, layers=1, modes=4, before=1)
    matrices, others = shared_out(model)
    soap, adam = Soap()(model, 1e-3)
    assert [id(p) for g in soap.param_groups for p in g["params"]] == [id(p) for p in matrices]
    assert [id(p) for g in adam.param_groups for p in g["params"]] == [id(p) for p in others]

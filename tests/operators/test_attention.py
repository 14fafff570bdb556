"""Galerkin attention and its peers against the published formulas, written out in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators import GalerkinAttention
from sciml.operators.models import moments
from sciml.operators.models.folded import head_matrices
from sciml.operators.models.moments import Moments

KINDS = ("galerkin", "fourier", "softmax", "linear")


def attention(width=12, heads=3, m=2, kind="galerkin", seed=0) -> GalerkinAttention:
    """With all parameters away from their first values."""
    generator = torch.Generator().manual_seed(seed)
    layer = GalerkinAttention(width, heads, m, kind).double()
    with torch.no_grad():
        for part in layer.parameters():
            part += 0.5 * torch.randn(part.shape, generator=generator, dtype=torch.float64)
    return layer


def case(batch=2, n=7, source=9, width=12, m=2, seed=1) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    return {
        "x": draw(batch, n, width),
        "positions": draw(batch, n, m),
        "weights": draw(batch, source).square() + 0.1,
        "source": draw(batch, source, width),
        "source_positions": draw(batch, source, m),
    }


def parts_of(layer: GalerkinAttention) -> dict[str, np.ndarray]:
    return {name: part.detach().numpy() for name, part in layer.named_parameters()}


def layer_norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gamma + beta


def softmax(x: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def formula(layer: GalerkinAttention, given: dict[str, torch.Tensor]) -> np.ndarray:
    """Head by head, sample by sample."""
    state, h = parts_of(layer), layer.heads
    size = layer.width // h
    arrays = {name: value.numpy() for name, value in given.items()}
    rows = []
    for b in range(len(arrays["x"])):
        p, q, w = (arrays[name][b] for name in ("positions", "source_positions", "weights"))
        heads = []
        for i in range(h):
            take = slice(i * size, (i + 1) * size)

            def linear(name: str, x: np.ndarray, take: slice = take, i: int = i) -> np.ndarray:
                out = x @ state[f"{name}.weight"][take].T + state[f"{name}.bias"][take]
                norm = f"{name}_norm"
                if f"{norm}.weight" not in state:
                    return out
                return layer_norm(out, state[f"{norm}.weight"][i], state[f"{norm}.bias"][i])

            Q = np.hstack([p, linear("query", arrays["x"][b])])
            K = np.hstack([q, linear("key", arrays["source"][b])])
            V = np.hstack([q, linear("value", arrays["source"][b])])
            heads.append(combine(layer.kind, Q, K, V, w))
        rows.append(np.hstack(heads) @ state["output.weight"].T + state["output.bias"])
    return np.stack(rows)


def combine(kind: str, Q: np.ndarray, K: np.ndarray, V: np.ndarray, w: np.ndarray) -> np.ndarray:
    root = np.sqrt(Q.shape[1])
    if kind == "galerkin":
        return Q @ (K.T @ np.diag(w) @ V)
    if kind == "fourier":
        return (Q @ K.T) @ np.diag(w) @ V / root
    if kind == "softmax":
        scores = np.exp(Q @ K.T / root) * w
        return scores / scores.sum(1, keepdims=True) @ V
    shares = np.exp(K) * w[:, None]
    return softmax(Q, 1) @ ((shares / shares.sum(0)).T @ V)


@pytest.mark.parametrize("kind", KINDS)
def test_formula(kind):
    layer, given = attention(kind=kind), case()
    found = layer(**given).detach().numpy()
    expected = formula(layer, given)
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("at_once", [10, 4096])
@pytest.mark.parametrize(("heads", "m"), [(1, 1), (3, 2), (4, 0), (12, 1)])
def test_folded_is_plain_with_all_gradients(monkeypatch, heads, m, at_once):
    monkeypatch.setattr(moments, "AT_ONCE", at_once)
    layer, given = attention(heads=heads, m=m), case(m=m, n=20, source=31)
    names = ("x", "positions", "weights", "source", "source_positions")
    leaves = [given[name].requires_grad_() for name in names if given[name].numel()]
    parts = [*leaves, *layer.parameters()]
    outputs = [form(*given.values()) for form in (layer.plain, layer.folded)]
    pull = torch.randn(outputs[0].shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    gradients = [torch.autograd.grad((out * pull).sum(), parts) for out in outputs]
    assert (outputs[0] - outputs[1]).abs().max() <= 1e-12 * outputs[0].abs().max()
    for plain, folded in zip(*gradients, strict=True):
        assert (plain - folded).abs().max() <= 1e-12 * plain.abs().max()


@pytest.mark.parametrize("at_once", [4, 14, 4096])
def test_gradients_of_the_moments_by_finite_differences(monkeypatch, at_once):
    """Of pieces of a sample, of two samples at a time, and of all at once."""
    monkeypatch.setattr(moments, "AT_ONCE", at_once)
    generator = torch.Generator().manual_seed(0)
    parts = [
        torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in ((3, 6, 4), (2, 2, 3, 4), (2, 2, 3), (3, 3, 6), (3, 6))
    ]
    assert torch.autograd.gradcheck(lambda *parts: Moments.apply(*parts, 1e-5), parts)


@pytest.mark.parametrize("at_once", [4, 4096])
def test_head_matrices_are_the_sum_over_points(monkeypatch, at_once):
    monkeypatch.setattr(moments, "AT_ONCE", at_once)
    layer, given = attention(), case(source=11)
    x, p, w = (given[name] for name in ("source", "source_positions", "weights"))
    key, value = (layer.key, layer.key_norm), (layer.value, layer.value_norm)
    found = head_matrices(x, p, w, key, value)
    placed = [
        torch.cat([p[:, :, None].expand(-1, -1, 3, -1), norm(linear(x).unflatten(2, (3, -1)))], 3)
        for linear, norm in (key, value)
    ]
    expected = torch.einsum("bnhi,bn,bnhj->bhij", placed[0], w, placed[1])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_large_inputs_take_the_folded_form(monkeypatch):
    layer = attention()
    monkeypatch.setattr(layer, "plain", lambda *parts: pytest.fail("plain"))
    given = case(n=3, source=1024)
    layer(**given)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_make_the_mesh_irrelevant(kind):
    """A source point twice, with half the weight each time, changes nothing."""
    layer, given = attention(kind=kind), case()
    twice = {name: torch.cat([value, value], 1) for name, value in given.items() if name.startswith("source")}
    again = {**given, **twice, "weights": torch.cat([given["weights"], given["weights"]], 1) / 2}
    torch.testing.assert_close(layer(**given), layer(**again), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_a_point_of_weight_zero_is_not_seen(kind):
    layer, given = attention(kind=kind), case()
    blind = given["weights"].clone()
    blind[:, -1] = 0.0
    shorter = {name: value[:, :-1] for name, value in given.items() if name.startswith("source")}
    expected = layer(**{**given, **shorter, "weights": blind[:, :-1]})
    torch.testing.assert_close(layer(**{**given, "weights": blind}), expected, rtol=1e-11, atol=1e-11)


def test_default_weights_are_one_over_n_and_the_source_is_x():
    layer, given = attention(), case()
    x, p = given["x"], given["positions"]
    even = torch.full(x.shape[:2], 1 / x.shape[1], dtype=torch.float64)
    torch.testing.assert_close(layer(x, p), layer(x, p, even, x, p), rtol=0, atol=0)


def test_evaluation_is_deterministic():
    layer, given = attention().eval(), case()
    assert torch.equal(layer(**given), layer(**given))


def test_the_first_projections_are_small_with_a_diagonal():
    torch.manual_seed(0)
    layer = GalerkinAttention(64, 4, 1)
    for linear in (layer.query, layer.key, layer.value):
        assert float(linear.weight.diagonal().mean().detach()) == pytest.approx(1e-2, rel=0.1)
        assert float(linear.bias.abs().max().detach()) == 0.0


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ((10, 3, 1), ArgumentError, "width: got 10, expected a multiple of heads = 3"),
        ((0, 1, 1), ArgumentError, "width: got 0, expected a whole number of at least 1"),
        ((8, 2.0, 1), ArgumentTypeError, "heads: got 2.0, expected a whole number"),
        ((8, 2, 1, "galerkn"), ArgumentError, "did you mean 'galerkin'"),
    ],
)
def test_bad_sizes(given, error, words):
    with pytest.raises(error, match=words):
        GalerkinAttention(*given)


def test_bad_shapes():
    layer, given = attention(), case()
    swapped = given["x"].mT
    with pytest.raises(
        ArgumentError, match=r"x: got the shape \(2, 12, 7\).*channels come last, transpose it"
    ):
        layer(swapped, given["positions"])
    with pytest.raises(ArgumentError, match="expected the same batch and the same points"):
        layer(given["x"], given["positions"][:, :-1])
    with pytest.raises(ArgumentError, match=r"weights: got the shape \(2, 5\), expected \(2, 7\)"):
        layer(given["x"], given["positions"], given["weights"][:, :5])
    with pytest.raises(ArgumentError, match="expected both or neither"):
        layer(given["x"], given["positions"], source=given["source"])

"""Networks: symmetries where they have them, and one function whatever the grid."""

import math

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators import Field
from sciml.operators.models.layers import Feedforward, on_circle
from sciml.operators.spec import MODELS, TRAINED, OperatorSpec
from sciml.runs.described import picked

F64 = torch.float64
SIZES = {"width": 8, "layers": 2, "modes": 5, "heads": 2, "before": 1, "decoder": 1, "terms": 6}
OWN = {"deeponet": {"width": 16}}


def model_of(name, in_channels=1, out_channels=1, **more):
    spec = picked(MODELS[name], {**SIZES, **OWN.get(name, {}), **more})
    return spec.build(OperatorSpec(spec, in_channels, out_channels))


def made(name, **more):
    torch.manual_seed(0)
    model = model_of(name, **more).double()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2.0).add_(0.05 * torch.randn_like(p))
    return model.eval()


def function(x, shift=0.0, channels=1):
    """A few waves: two samples, on points (n,), moved by a shift."""
    angle = 2 * math.pi * (x - shift)
    rows = [angle.cos() + 0.5 * (2 * angle).sin(), 0.3 + (3 * angle).cos()]
    return torch.stack(rows)[..., None].repeat(1, 1, channels)


def field(n, shift=0.0, channels=1):
    x = torch.arange(n, dtype=F64) / n
    return Field(function(x, shift, channels), x[None, :, None].expand(2, n, 1))


def test_without_positions_networks_commute_with_shifts():
    for name in ("fno", "galerkin"):
        free, tied = (made(name, positions=positions) for positions in (False, True))
        for model, holds in ((free, True), (tied, False)):
            moved = model(field(40, 7 / 40))
            still = model(field(40)).roll(7, 1)
            assert torch.allclose(moved, still, rtol=0, atol=1e-12) is holds, (name, holds)
            assert still.std() > 0.01


MESH = {"fno": 1e-9, "deeponet": 1e-13}  # SiLU is smooth
KINKS = 2e-2  # ReLU converges by its kinks


@pytest.mark.parametrize("name", TRAINED)
@torch.no_grad()
def test_the_same_function_on_every_grid(name):
    model = made(name)
    coarse, fine, finest = (model(field(n)) for n in (32, 128, 512))
    first, second = (
        float((x - y[:, ::4]).abs().max() / y.abs().max()) for x, y in ((coarse, fine), (fine, finest))
    )
    assert second < MESH.get(name, KINKS)
    assert first < 1e-12 or first > 2 * second  # what is left is aliasing of the activations


@pytest.mark.parametrize("name", TRAINED)
@torch.no_grad()
def test_scattered_points_with_weights_are_the_same_function(name):
    """Nodes of the Gauss–Legendre rule on (0, 1) with its weights, against the even grid."""
    import numpy as np

    nodes, weights = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(96))
    x, model = (nodes + 1) / 2, made(name)
    scattered = Field(function(x), x[None, :, None].expand(2, -1, 1), (weights / 2)[None].expand(2, -1))
    known = model(field(512), query=scattered.positions)
    even = Field(scattered.values, scattered.positions)
    wrong, right = (float((model(f) - known).abs().max() / known.abs().max()) for f in (even, scattered))
    assert right < max(5 * MESH.get(name, KINKS), 1e-7)
    assert wrong > 5 * right  # the weights are needed


@pytest.mark.parametrize("name", TRAINED)
def test_padding_changes_nothing(name):
    model, plain = made(name), field(20)
    values = torch.cat([plain.values, torch.full((2, 4, 1), 9.0, dtype=F64)], 1)
    positions = torch.cat([plain.positions, torch.full((2, 4, 1), 0.3, dtype=F64)], 1)
    mask = (torch.arange(24) < 20).expand(2, -1)
    padded = model(Field(values, positions, mask=mask))[:, :20]
    torch.testing.assert_close(padded, model(plain), rtol=0, atol=1e-12)


def test_a_query_is_the_same_function_elsewhere():
    model, query = made("fno"), torch.tensor([0.125, 0.5, 0.8125], dtype=F64)
    found = model(field(64), query[None, :, None].expand(2, -1, 1))
    torch.testing.assert_close(found, model(field(64))[:, [8, 32, 52]], rtol=0, atol=1e-12)


def test_scales_pass_through():
    """With inputs divided by 3 and outputs times 7, three times the input gives seven times the output."""
    model, known = made("galerkin"), made("galerkin")
    model.scale_to(torch.tensor([3.0, -3.0]), torch.tensor([7.0, -7.0]))
    plain = field(32)
    bigger = plain.replaced(3 * plain.values)
    torch.testing.assert_close(model(bigger), 7 * known(plain), rtol=1e-12, atol=0)
    model.scale_to(torch.zeros(4), torch.zeros(4))
    assert (model.input_scale, model.output_scale) == (1.0, 1.0)


def test_means_are_taken_out_and_added_again_channel_by_channel():
    """Inputs (5, 100) off and outputs (7, −2) off: the same network about zero."""
    sizes = {"in_channels": 2, "out_channels": 2}
    model, known = made("fno", **sizes), made("fno", **sizes)
    wave, f = torch.tensor([[[1.0], [-1.0]]]).expand(1, 2, 2), field(32, channels=2)
    scale, mean, middle = torch.tensor([[2.0, 3.0], [5.0, 100.0], [7.0, -2.0]])
    model.scale_to(wave * scale + mean, wave + middle)
    moved = f.replaced(f.values * scale + mean)
    torch.testing.assert_close(model(moved), known(f) + middle, rtol=1e-10, atol=1e-10)
    model.scale_to(wave + 5.0, wave - 2.0, centred=False)
    assert model.input_mean.tolist() == model.output_mean.tolist() == [0.0, 0.0]


def test_scales_of_before_are_one_number_for_all_channels():
    model, known = made("fno", in_channels=2), made("fno", in_channels=2)
    old = {name: x for name, x in known.state_dict().items() if not name.endswith("_mean")}
    model.load_state_dict(old | {"input_scale": torch.tensor(3.0), "output_scale": torch.tensor(7.0)})
    f = field(32, channels=2)
    torch.testing.assert_close(model(f.replaced(3 * f.values)), 7 * known(f), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", TRAINED)
def test_several_channels(name):
    model = made(name, in_channels=2, out_channels=3)
    first = field(32, channels=2)
    out = model(first)
    assert out.shape == (2, 32, 3)
    values = first.values.clone()
    values[..., 1] += field(32, 0.1).values[..., 0]
    assert (model(first.replaced(values)) - out).abs().max() > 1e-4  # the second channel counts


def test_feedforward_is_its_formula():
    net = Feedforward(3, 5).double()
    x = torch.randn(4, 3, dtype=F64)
    W, V = net.first, net.second
    expected = (x @ W.weight.T + W.bias).clamp(min=0) @ V.weight.T + V.bias
    torch.testing.assert_close(net(x), expected)


def test_positions_on_the_circle_have_period_one():
    x = torch.rand(2, 5, 1, dtype=F64)
    torch.testing.assert_close(on_circle(x + 1), on_circle(x))
    torch.testing.assert_close(on_circle(x).square().sum(2), torch.ones(2, 5, dtype=F64))


@pytest.mark.parametrize("name", TRAINED)
def test_a_grid_too_coarse_for_the_modes_is_refused(name):
    with pytest.raises(ArgumentError, match="got 8 points, expected at least 9 for 5 modes; lower modes"):
        made(name)(field(8))
    assert made(name)(field(9)).isfinite().all()


@pytest.mark.parametrize("name", TRAINED)
def test_wrong_channels_and_sizes_are_refused(name):
    with pytest.raises(ArgumentError, match="got 2 channels, expected 1, channels last"):
        made(name)(field(16, channels=2))
    with pytest.raises(ArgumentError, match="in_channels: got 0, expected a whole number of at least 1"):
        model_of(name, in_channels=0)
    with pytest.raises(ArgumentTypeError, match="out_channels: got 1.5, expected a whole number"):
        model_of(name, out_channels=1.5)

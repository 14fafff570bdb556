"""Models of nflows turned into ours: the same densities, the same samples, and no assertion to die on."""

import copy
import warnings

import pytest
import torch
from torch import nn

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flows import Flow, StandardNormal, coupling_flow, from_nflows

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    nflows = pytest.importorskip("nflows")
    from nflows import transforms as nt
    from nflows.distributions import ConditionalDiagonalNormal
    from nflows.distributions import StandardNormal as TheirNormal
    from nflows.flows import Flow as TheirFlow
    from nflows.flows import MaskedAutoregressiveFlow, SimpleRealNVP
    from nflows.nn.nets import MLP, ResidualNet

SPLINE = {"num_bins": 6, "tails": "linear", "tail_bound": 3.0}

pytestmark = pytest.mark.filterwarnings("ignore:(Inputs to the softmax|torch.triangular_solve)")


class HandedOn(MLP):
    """An MLP that a coupling layer can call."""

    def forward(self, inputs, context=None):
        return super().forward(inputs)


def flow_of(features, *parts, **options):
    return TheirFlow(nt.CompositeTransform(list(parts)), TheirNormal([features]), **options)


def residual(context=None, **options):
    return lambda inputs, outputs: ResidualNet(inputs, outputs, 16, context, num_blocks=2, **options)


def perceptron(inputs, outputs):
    return HandedOn((inputs,), (outputs,), [16, 12], activation=torch.tanh)


def couplings(kind, features, net, **options):
    masks = torch.arange(features) % 2 * 2 - 1
    return flow_of(features, *(kind(sign * masks, net, **options) for sign in (1, -1, 1)))


def autoregressive(kind, features, context=None, **options):
    layers = [kind(features, hidden_features=14, context_features=context, **options) for _ in range(2)]
    return flow_of(features, layers[0], nt.RandomPermutation(features), layers[1])


RQ = nt.PiecewiseRationalQuadraticCouplingTransform
RQ_AR = nt.MaskedPiecewiseRationalQuadraticAutoregressiveTransform
MAF = nt.MaskedAffineAutoregressiveTransform
CASES = {
    "maf": lambda: MaskedAutoregressiveFlow(5, 16, 3, 2),
    "maf-blocks": lambda: MaskedAutoregressiveFlow(
        5, 16, 3, 2, use_residual_blocks=False, use_random_masks=True, use_random_permutations=True
    ),
    "maf-norms": lambda: MaskedAutoregressiveFlow(
        4, 16, 2, 2, batch_norm_within_layers=True, batch_norm_between_layers=True, activation=torch.tanh
    ),
    "maf-blocks-norms": lambda: autoregressive(
        MAF, 5, use_residual_blocks=False, use_batch_norm=True, dropout_probability=0.2
    ),
    "maf-one": lambda: MaskedAutoregressiveFlow(1, 8, 2, 1),
    "maf-few-units": lambda: MaskedAutoregressiveFlow(9, 4, 2, 1),
    "maf-context": lambda: autoregressive(MAF, 4, 3),
    "maf-context-norms": lambda: autoregressive(MAF, 4, 3, use_batch_norm=True),
    "maf-blocks-context": lambda: autoregressive(MAF, 4, 3, use_residual_blocks=False),
    "rq-autoregressive": lambda: autoregressive(RQ_AR, 5, **SPLINE),
    "rq-autoregressive-context": lambda: autoregressive(RQ_AR, 3, 2, **SPLINE),
    "rq-autoregressive-blocks": lambda: autoregressive(RQ_AR, 2, use_residual_blocks=False, **SPLINE),
    "realnvp": lambda: SimpleRealNVP(5, 16, 4, 2),
    "realnvp-norms": lambda: SimpleRealNVP(
        5, 16, 4, 2, batch_norm_within_layers=True, batch_norm_between_layers=True
    ),
    "nice": lambda: SimpleRealNVP(4, 16, 4, 1, use_volume_preserving=True),
    "rq-coupling": lambda: couplings(RQ, 5, residual(), **SPLINE),
    "rq-coupling-context": lambda: couplings(RQ, 4, residual(2, use_batch_norm=True), **SPLINE),
    "rq-coupling-mlp": lambda: couplings(RQ, 5, perceptron, **SPLINE),
    "affine-coupling-context": lambda: couplings(nt.AffineCouplingTransform, 4, residual(2)),
    "one-layer": lambda: TheirFlow(MAF(3, 8), TheirNormal([3])),
    "nested": lambda: flow_of(
        3, nt.CompositeTransform([nt.ReversePermutation(3), MAF(3, 8)]), nt.LULinear(3)
    ),
    "act-norm": lambda: flow_of(3, nt.ActNorm(3), MAF(3, 8), nt.ActNorm(3)),
    "point-wise": lambda: flow_of(
        3, nt.PointwiseAffineTransform(torch.tensor([1.0, -2.0, 0.5]), torch.tensor(3.0)), MAF(3, 8)
    ),
}


def build(name, dtype=torch.float64, scale=0.3):
    """Return a model of nflows as if trained: weights and running statistics away from the start."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        flow = CASES[name]().to(dtype).eval()
        with torch.no_grad():
            for p in flow.parameters():
                p.add_(scale * torch.randn_like(p))
            for key, statistic in flow.named_buffers():
                if key.endswith("running_mean"):
                    statistic.normal_(0, 0.5)
                elif key.endswith("running_var"):
                    statistic.uniform_(0.5, 2)
    return flow


def data(flow, rows=200, dtype=torch.float64, scale=1.5):
    """Return rows and contexts for the flow of ours."""
    generator = torch.Generator().manual_seed(3)
    x = scale * torch.randn(rows, flow.features, generator=generator, dtype=dtype)
    context = torch.randn(rows, flow.context_features, generator=generator, dtype=dtype)
    return x, context if flow.context_features else None


@pytest.mark.parametrize("name", CASES)
def test_same_density_and_same_latents(name):
    theirs = build(name)
    ours = from_nflows(theirs)
    x, context = data(ours)
    z, log_det = ours.forward_and_log_det(x, context)
    other, other_log_det = theirs._transform(x, context)
    torch.testing.assert_close(ours.log_prob(x, context), theirs.log_prob(x, context), rtol=0, atol=1e-10)
    torch.testing.assert_close(z, other, rtol=0, atol=1e-10)
    torch.testing.assert_close(log_det, other_log_det, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_same_inverse(name):
    theirs = build(name)
    ours = from_nflows(theirs)
    z, context = data(ours)
    x, log_det = ours.inverse_and_log_det(z, context)
    other, other_log_det = theirs._transform.inverse(z, context)
    # Relative to the size of x: affine layers with small slopes stretch latents far.
    size = max(1.0, x.abs().max().item())
    torch.testing.assert_close(x, other, rtol=0, atol=1e-10 * size)
    torch.testing.assert_close(log_det, other_log_det, rtol=0, atol=1e-10)
    with torch.no_grad():
        torch.testing.assert_close(ours.inverse_and_log_det(z, context)[0], x, rtol=0, atol=1e-12 * size)


@pytest.mark.parametrize("name", ["rq-autoregressive", "rq-coupling", "maf-norms"])
def test_float32_models_stay_float32(name):
    theirs = build(name, torch.float32)
    ours = from_nflows(theirs)
    x, context = data(ours, dtype=torch.float32)
    assert ours.log_prob(x, context).dtype == torch.float32
    torch.testing.assert_close(ours.log_prob(x), theirs.log_prob(x), rtol=1e-3, atol=1e-3)


def test_training_goes_on_alike():
    theirs = build("rq-autoregressive")
    ours = from_nflows(theirs)
    x, _ = data(ours)
    losses = []
    for model in (ours, theirs):
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
        for _ in range(3):
            optimizer.zero_grad()
            loss = -model.log_prob(x).mean()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], abs=1e-9)


def test_the_model_is_copied_and_left_alone():
    theirs = build("maf-norms").train()
    before = copy.deepcopy(theirs.state_dict())
    state = torch.get_rng_state()
    ours = from_nflows(theirs)
    with torch.no_grad():
        for p in ours.parameters():
            p.zero_()
    assert theirs.training
    assert torch.equal(torch.get_rng_state(), state)
    for key, value in theirs.state_dict().items():
        assert torch.equal(value, before[key])


def test_samples_where_nflows_dies():
    theirs = build("rq-autoregressive", torch.float32, scale=10.0)
    ours = from_nflows(theirs)
    assert ours.sample(500, seed=0).isfinite().all()
    with torch.random.fork_rng(), pytest.raises(AssertionError):
        _sampled(theirs, 50)


def _sampled(flow, times: int) -> None:
    for seed in range(times):
        torch.manual_seed(seed)
        flow.sample(500)


class Doubled(ResidualNet):
    """A network that is not what its class says."""

    def forward(self, inputs, context=None):
        return 2 * super().forward(inputs, context)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Linear(2, 2), ArgumentTypeError, "flow: got a Linear, expected an nflows.flows.Flow"),
        (lambda: coupling_flow(2), ArgumentTypeError, "got a Flow"),
        (
            lambda: flow_of(2, nt.PointwiseAffineTransform(1.0, 2.0), MAF(2, 8)),
            ArgumentError,
            "PointwiseAffineTransform of two scalars cannot be read; give it vectors",
        ),
        (lambda: flow_of(2, nt.HouseholderSequence(2, 2)), ArgumentError, "transform HouseholderSequence"),
        (
            lambda: couplings(RQ, 4, lambda i, o: nn.Linear(i, o), **SPLINE),
            ArgumentError,
            "conditioner Linear",
        ),
        (lambda: couplings(RQ, 4, residual(), num_bins=4), ArgumentError, "has tails=None"),
        (
            lambda: couplings(RQ, 4, residual(), apply_unconditional_transform=True, **SPLINE),
            ArgumentError,
            "unconditional_transform PiecewiseRationalQuadraticCDF",
        ),
        (
            lambda: couplings(RQ, 4, residual(), min_bin_width=1e-2, **SPLINE),
            ArgumentError,
            "min_bin_width unlike its min_bin_height",
        ),
        (
            lambda: TheirFlow(MAF(2, 8), ConditionalDiagonalNormal([2])),
            ArgumentError,
            "distribution ConditionalDiagonalNormal",
        ),
        (lambda: flow_of(2, MAF(2, 8), embedding_net=nn.Linear(2, 2)), ArgumentError, "embedding_net Linear"),
        (
            lambda: couplings(RQ, 4, lambda i, o: Doubled(i, o, 16), **SPLINE),
            ArgumentError,
            "computes something else",
        ),
    ],
)
def test_what_cannot_be_read_is_named(make, error, words):
    with pytest.raises(error, match=words):
        from_nflows(make())


def test_activation_and_base_are_ours():
    ours = from_nflows(build("rq-coupling-mlp"))
    assert isinstance(ours, Flow)
    assert isinstance(ours.base, StandardNormal)
    assert not any(type(m).__module__.startswith("nflows") for m in ours.modules())


def test_a_flow_without_parameters():
    theirs = flow_of(3, nt.ReversePermutation(3))
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(from_nflows(theirs).log_prob(x), theirs.log_prob(x))

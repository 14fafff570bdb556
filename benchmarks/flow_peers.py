"""The same flows, equal in number of parameters, by nflows, by zuko and by us; each made once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import torch
from harness import Missing
from torch import Tensor, nn

from sciml.flows import Affine, Flow, RationalQuadratic, autoregressive_flow, coupling_flow, from_nflows

COUPLING, AUTOREGRESSIVE = "coupling", "autoregressive"
LAYERS = {COUPLING: 8, AUTOREGRESSIVE: 5}
HIDDEN, BINS, BOUND = 128, 8, 5.0


@dataclass(frozen=True)
class Model:
    """A flow of some library: how its density and its draws are computed."""

    name: str
    module: nn.Module
    log_prob: Callable[[Tensor], Tensor]
    sample: Callable[[int], Tensor]

    @property
    def size(self) -> int:
        return sum(p.numel() for p in self.module.parameters())


@cache
def models(kind: str, family: str, features: int) -> tuple[Model, Model, Model]:
    """Return those of nflows, zuko and ours; `family` is "spline" or "affine"."""
    torch.manual_seed(0)
    found = by_nflows(kind, family, features), by_zuko(kind, family, features), ours(kind, family, features)
    sizes = [model.size for model in found]
    if max(sizes) > 1.01 * min(sizes):
        raise AssertionError(f"{kind} {family}, {features} features: parameters {sizes} are not equal")
    return found


def ours(kind: str, family: str, features: int) -> Model:
    """Return a flow whose last layers are not zero, as they would be before training."""
    build = coupling_flow if kind == COUPLING else autoregressive_flow
    transform = RationalQuadratic(BINS, BOUND) if family == "spline" else Affine()
    flow = build(features, layers=LAYERS[kind], transform=transform, hidden=(HIDDEN, HIDDEN))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in flow.parameters():
            p += 0.02 * torch.randn(p.shape, generator=generator) * (p == 0).all()
    return of_ours(flow)


def of_ours(flow: Flow) -> Model:
    return Model("sciml", flow, flow.log_prob, flow.sample)


def by_nflows(kind: str, family: str, features: int, count: int | None = None) -> Model:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from nflows import transforms as nt
            from nflows.distributions import StandardNormal
            from nflows.flows import Flow as TheirFlow
    except ImportError as error:
        raise Missing("nflows") from error
    warnings.filterwarnings("ignore", "Inputs to the softmax", UserWarning)  # at every log_prob
    layers = _nflows_layers(nt, kind, family, features, count or LAYERS[kind])
    flow = TheirFlow(nt.CompositeTransform(layers), StandardNormal([features])).eval()
    return Model("nflows", flow, flow.log_prob, flow.sample)


def _nflows_layers(nt, kind: str, family: str, features: int, count: int) -> list[nn.Module]:
    spline = {"num_bins": BINS, "tails": "linear", "tail_bound": BOUND}
    if kind == COUPLING:
        signs = 1 - 2 * (torch.arange(features) % 2)
        if family == "spline":
            make = partial(nt.PiecewiseRationalQuadraticCouplingTransform, **spline)
        else:
            make = nt.AffineCouplingTransform
        return [make(sign * signs, _perceptron) for sign in (1, -1) * (count // 2)]
    if family == "spline":
        make = partial(nt.MaskedPiecewiseRationalQuadraticAutoregressiveTransform, **spline)
    else:
        make = nt.MaskedAffineAutoregressiveTransform
    plain = {"hidden_features": HIDDEN, "num_blocks": 1, "use_residual_blocks": False}
    pairs = ((nt.ReversePermutation(features), make(features, **plain)) for _ in range(count))
    return [part for pair in pairs for part in pair]


def _perceptron(inputs: int, outputs: int) -> nn.Module:
    from nflows.nn.nets import MLP

    class Perceptron(MLP):
        """One that a coupling layer, which hands on a context, can call."""

        def forward(self, inputs, context=None):
            return super().forward(inputs)

    return Perceptron((inputs,), (outputs,), [HIDDEN, HIDDEN])


def by_zuko(kind: str, family: str, features: int) -> Model:
    try:
        import zuko
    except ImportError as error:
        raise Missing("zuko") from error
    options = {"transforms": LAYERS[kind], "hidden_features": (HIDDEN, HIDDEN)}
    univariate = partial(zuko.transforms.MonotonicRQSTransform, slope=1e-3)
    shapes = [(BINS,), (BINS,), (BINS - 1,)]
    if kind == AUTOREGRESSIVE and family == "spline":
        flow = zuko.flows.NSF(features, bins=BINS, **options)
    elif kind == AUTOREGRESSIVE:
        flow = zuko.flows.MAF(features, **options)
    elif family == "spline":
        flow = zuko.flows.NICE(features, univariate=univariate, shapes=shapes, **options)
    else:
        flow = zuko.flows.RealNVP(features, **options)
    return Model("zuko", flow, lambda x: flow().log_prob(x), lambda n: flow().sample((n,)))


@cache
def imported(features: int, layers: int = LAYERS[AUTOREGRESSIVE]) -> tuple[Model, Model]:
    """Return an autoregressive spline flow of nflows, and ours with its weights."""
    torch.manual_seed(0)
    theirs = by_nflows(AUTOREGRESSIVE, "spline", features, layers)
    return theirs, of_ours(from_nflows(theirs.module))

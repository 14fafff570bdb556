"""Trained models of the nflows library as flows of ours."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flows.bases.normal import StandardNormal
from sciml.flows.flow import Flow
from sciml.flows.nflows import networks
from sciml.flows.nflows.families import SigmoidAffine, SoftplusAffine, UnboundedAffine
from sciml.flows.transforms.autoregressive import Autoregressive
from sciml.flows.transforms.conditioner import Conditioner
from sciml.flows.transforms.coupling import Coupling
from sciml.flows.transforms.elementwise import AbstractElementwise, Additive
from sciml.flows.transforms.layers import Network
from sciml.flows.transforms.linear import LULinear
from sciml.flows.transforms.parametrizations import NflowsParametrization
from sciml.flows.transforms.permutations import Permutation
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import AbstractTransform, Chain, dtype_of

Module: TypeAlias = Any  # of nflows, which is not imported here
Convert: TypeAlias = Callable[[Module], AbstractTransform]


def from_nflows(flow: nn.Module) -> Flow:
    """Return the flow that has the densities and samples of a model of the nflows library.

    The same `log_prob` as the model has after `eval()`, to rounding; autoregressive layers are sampled in
    one pass, and no spline raises. The weights are copied. Read are flows with a standard normal base made of
    affine, additive and rational-quadratic (with linear tails) coupling and masked autoregressive layers,
    permutations, LU, batch and activation normalization and point-wise affine layers, with conditioners of
    the classes MADE, ResidualNet and MLP. What was read is checked against the model at random points.

    Reference: Durkan, Bekasov, Murray and Papamakarios, nflows: normalizing flows in PyTorch, 2020.

    Args:
        flow: an `nflows.flows.Flow`.

    Raises:
        ArgumentTypeError: `flow` is no such model.
        ArgumentError: a part of it, which is named, has no counterpart here.
    """
    if _name(flow, {"Flow"}) is None:
        raise ArgumentTypeError(f"flow: got a {type(flow).__name__}, expected an nflows.flows.Flow")
    parts: Module = flow
    _require(parts._distribution, {"StandardNormal"}, "distribution")
    if type(parts._embedding_net) is not nn.Identity:
        raise _unsupported("embedding_net", parts._embedding_net)
    transforms = [_transform(part) for part in _flat(parts._transform)]
    (features,) = parts._distribution._shape
    ours = Flow(Chain(transforms), StandardNormal(features))
    _compare(flow, ours)
    return ours


def _flat(transform: Module) -> Iterator[Module]:
    if _name(transform, {"CompositeTransform"}) is None:
        yield transform
        return
    for part in transform._transforms:
        yield from _flat(part)


def _transform(part: Module) -> AbstractTransform:
    return TRANSFORMS[_require(part, set(TRANSFORMS), "transform")](part)


def _coupling(part: Module, family: AbstractElementwise, reorder: networks.Reorder) -> Coupling:
    if part.unconditional_transform is not None:
        raise _unsupported("unconditional_transform", part.unconditional_transform)
    net = part.transform_net
    convert = CONDITIONERS[_require(net, set(CONDITIONERS), "conditioner")]
    context = networks.context_features(net)
    return Coupling(part.transform_features, part.identity_features, family, convert(net, reorder), context)


def _autoregressive(part: Module, family: AbstractElementwise) -> Autoregressive:
    net = part.autoregressive_net
    _require(net, {"MADE"}, "conditioner")
    features, context = net.initial_layer.in_features, networks.context_features(net)
    conditioner = networks.masked_network(net, _transposed(family.parameters))
    return Autoregressive(torch.arange(features), family, conditioner, context)


def _spline(part: Module, net: Module) -> RationalQuadratic:
    if part.tails != "linear":
        raise ArgumentError(f"{type(part).__name__} has tails={part.tails!r}; only 'linear' can be read")
    if part.min_bin_width != part.min_bin_height:
        raise ArgumentError(f"{type(part).__name__} has a min_bin_width unlike its min_bin_height")
    divisor = math.sqrt(getattr(net, "hidden_features", 1.0))
    parametrization = NflowsParametrization(part.min_bin_width, part.min_derivative, divisor)
    return RationalQuadratic(part.num_bins, part.tail_bound, parametrization)


def _transposed(parameters: int) -> networks.Reorder:
    """Return what takes rows (feature, parameter) to (parameter, feature)."""
    return lambda rows: rows.unflatten(0, (-1, parameters)).transpose(0, 1).flatten(0, 1)


def _swapped(rows: Tensor) -> Tensor:
    """Return rows (scale, feature) above rows (shift, feature), from the opposite."""
    return rows.roll(len(rows) // 2, 0)


def _batch_norm(part: Module) -> Coupling:
    """Return the layer as it is in evaluation: factor and shift by the running means."""
    factor = part.weight / (part.running_var + part.eps).sqrt()
    return _pointwise(factor.log(), part.bias - factor * part.running_mean)


def _point_wise_affine(part: Module) -> Coupling:
    if part._scale.ndim + part._shift.ndim == 0:
        raise ArgumentError("a PointwiseAffineTransform of two scalars cannot be read; give it vectors")
    return _pointwise(*torch.broadcast_tensors(part._scale.log(), part._shift))


def _pointwise(log_factor: Tensor, shift: Tensor) -> Coupling:
    """Return y = factor x + shift, a coupling layer that moves everything and is given nothing."""
    values = torch.cat([log_factor, shift]).detach()[:, None]
    every, generator = torch.arange(len(shift)), torch.Generator()
    conditioner = Conditioner(0, (), len(values), generator, values.dtype)
    conditioner.biases[0].data.copy_(values)
    return Coupling(every, every[:0], UnboundedAffine(), conditioner)


def _lu(part: Module) -> LULinear:
    ours = LULinear(part.features, part.bias.dtype)
    ours.lower.data.copy_(part.lower_entries.data)
    ours.upper.data.copy_(part.upper_entries.data)
    ours.log_diagonal.data.copy_(part.upper_diag.data.log())
    ours.shift.data.copy_(part.bias.data)
    return ours


TRANSFORMS: dict[str, Convert] = {
    "AffineCouplingTransform": lambda part: _coupling(part, SigmoidAffine(), _swapped),
    "AdditiveCouplingTransform": lambda part: _coupling(part, Additive(), lambda rows: rows),
    "PiecewiseRationalQuadraticCouplingTransform": lambda part: _coupling(
        part, _spline(part, part.transform_net), _transposed(3 * part.num_bins - 1)
    ),
    "MaskedAffineAutoregressiveTransform": lambda part: _autoregressive(part, SoftplusAffine(part._epsilon)),
    "MaskedPiecewiseRationalQuadraticAutoregressiveTransform": lambda part: _autoregressive(
        part, _spline(part, part.autoregressive_net)
    ),
    "Permutation": lambda part: Permutation(part._permutation),
    "LULinear": _lu,
    "BatchNorm": _batch_norm,
    "ActNorm": lambda part: _pointwise(part.log_scale, part.shift),
    "PointwiseAffineTransform": _point_wise_affine,
}
CONDITIONERS: dict[str, Callable[[Module, networks.Reorder], Network]] = {
    "ResidualNet": networks.residual_network,
    "MLP": networks.perceptron,
}


def _name(part: object, names: set[str]) -> str | None:
    """Return the first of `names` that is a class of nflows and of which `part` is an instance."""
    classes = (c.__name__ for c in type(part).__mro__ if c.__module__.partition(".")[0] == "nflows")
    return next((name for name in classes if name in names), None)


def _require(part: object, names: set[str], what: str) -> str:
    name = _name(part, names)
    if name is None:
        raise _unsupported(what, part)
    return name


def _unsupported(what: str, part: object) -> ArgumentError:
    return ArgumentError(f"the {what} {type(part).__name__} of an nflows model cannot be read")


def _compare(flow: nn.Module, ours: Flow) -> None:
    """Refuse where the two disagree: a subclass, or another version, computes something else."""
    theirs: Module = copy.deepcopy(flow).double().eval()
    mine = copy.deepcopy(ours).double()
    generator = torch.Generator().manual_seed(0)
    x, context = (
        torch.randn(32, columns, generator=generator, dtype=torch.float64)
        for columns in (ours.features, ours.context_features)
    )
    rows_of_context = context if ours.context_features else None
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nflows warns of conditioners without hidden_features
        expected, ours_at_x = theirs.log_prob(x, rows_of_context), mine.log_prob(x, rows_of_context)
    rounding = math.sqrt(
        torch.finfo(dtype_of(flow) or torch.get_default_dtype()).eps
    )  # of what was folded together
    if not torch.allclose(ours_at_x, expected, rtol=rounding, atol=rounding):
        raise ArgumentError(
            "flow computes something else than the classes of nflows 0.14 that it is made of: "
            f"log_prob differs by {(ours_at_x - expected).abs().max():.1e}"
        )

"""Transforms and flows x what each must meet: a new one is one row of TRANSFORMS or FLOWS."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
import transform as suite
from torch import Tensor

from sciml.flows import (
    AbstractTransform,
    Additive,
    Affine,
    Chain,
    Flow,
    GaussianMixture,
    Log,
    Logit,
    LULinear,
    Permutation,
    RationalQuadratic,
    SideBySide,
    StandardNormal,
    StudentT,
    Whitening,
    YeoJohnson,
    autoregressive_flow,
    circular_flow,
    coupling_flow,
)

Make = Callable[[torch.dtype], AbstractTransform]
PLANE = ((-9.0, 9.0), (-9.0, 9.0))
CIRCLES = ((-math.pi, math.pi), (-math.pi, math.pi))
SMALL = {"layers": 3, "hidden": (12, 8)}
SPLINE = RationalQuadratic(bins=5, bound=3.0)


@dataclass(frozen=True)
class Case:
    """How to make it, in a dtype; its rows out of normal ones; where its density lies, in two dimensions."""

    name: str
    make: Make
    rows: Callable[[Tensor], Tensor] = lambda normal: normal
    window: tuple = PLANE

    def build(self, dtype=suite.F64):
        return suite.scrambled(self.make(dtype))

    def x(self, rows: int, dtype=suite.F64, scale: float = 1.0) -> Tensor:
        features = self.build(dtype).features
        return self.rows(suite.normal(rows, features, dtype=dtype, scale=scale))


def numbers(*values: float) -> Callable[[torch.dtype], Tensor]:
    return lambda dtype: torch.tensor(values, dtype=dtype)


def whitening(dtype) -> Whitening:
    mixed = suite.normal(50, 3) @ suite.normal(3, 3, seed=4) + 5
    return Whitening.fit(mixed.to(dtype))


def logit(dtype) -> Logit:
    return Logit(numbers(0.0, -1.0)(dtype), numbers(1.0, 3.0)(dtype))


def beside(dtype) -> SideBySide:
    conditional = coupling_flow(2, transform=Affine(), dtype=dtype, context_features=2, **SMALL)
    return SideBySide([Log(numbers(0.0)(dtype)), conditional.transform, LULinear(2, dtype)])


TRANSFORMS = (
    Case("permutation", lambda dtype: Permutation([2, 0, 3, 1])),
    Case("permutation-1", lambda dtype: Permutation.reverse(1)),
    Case("permutation-random", lambda dtype: Permutation.random(5, seed=3)),
    Case("lu-1", lambda dtype: LULinear(1, dtype)),
    Case("lu-4", lambda dtype: LULinear(4, dtype)),
    Case("whitening", whitening),
    Case("yeo-johnson", lambda dtype: YeoJohnson(numbers(0.3, 1.0, 1.9)(dtype))),
    Case("yeo-johnson-1", lambda dtype: YeoJohnson(numbers(0.05)(dtype))),
    Case("log", lambda dtype: Log(numbers(0.0, -2.0)(dtype)), lambda normal: normal.exp()),
    Case("logit", logit, lambda normal: normal.sigmoid()),
    Case("side-by-side", beside, lambda normal: torch.cat([normal[:, :1].exp(), normal[:, 1:]], 1)),
)


def flow_case(name: str, build, features: int, **options) -> Case:
    return Case(name, lambda dtype: build(features, dtype=dtype, **(SMALL | options)))


def tables(build) -> tuple[Case, ...]:
    """Flows of one kind: families of maps, one to five features, with and without context."""
    kind = build.__name__.removesuffix("_flow")
    return (
        flow_case(f"{kind}-affine-1", build, 1, transform=Affine()),
        flow_case(f"{kind}-affine-2", build, 2, transform=Affine()),
        flow_case(f"{kind}-affine-5-context", build, 5, transform=Affine(), context_features=2),
        flow_case(f"{kind}-additive-3", build, 3, transform=Additive()),
        flow_case(f"{kind}-spline-1", build, 1, transform=SPLINE),
        flow_case(f"{kind}-spline-1-context", build, 1, transform=SPLINE, context_features=2),
        flow_case(f"{kind}-spline-2", build, 2, transform=SPLINE),
        flow_case(f"{kind}-spline-2-context", build, 2, transform=SPLINE, context_features=3),
        flow_case(f"{kind}-spline-5", build, 5, transform=SPLINE),
    )


def whole(base: Callable[[torch.dtype], torch.nn.Module]) -> Make:
    """A flow of many parts."""

    def make(dtype) -> Flow:
        first = Whitening(numbers(0.1, -0.2)(dtype), numbers(1.5, 0.7)(dtype))
        coupling = coupling_flow(2, transform=SPLINE, context_features=1, dtype=dtype, **SMALL).transform
        parts = [first, YeoJohnson(numbers(0.8, 1.1)(dtype)), Permutation.reverse(2), coupling]
        return Flow(Chain([*parts, LULinear(2, dtype)]), base(dtype))

    return make


def angles(features: int, **options) -> Case:
    name = f"circular-{features}" + ("-context" if options else "")
    build = lambda dtype: circular_flow(features, dtype=dtype, **(SMALL | options))  # noqa: E731
    return Case(name, build, lambda normal: 3 * normal.tanh(), CIRCLES)


FLOWS = (
    *tables(coupling_flow),
    *tables(autoregressive_flow),
    flow_case("coupling-two-bins", coupling_flow, 2, transform=RationalQuadratic(bins=2, bound=2.0)),
    flow_case("coupling-linear-conditioner", coupling_flow, 3, transform=SPLINE, hidden=()),
    flow_case("coupling-spline-5-context", coupling_flow, 5, transform=SPLINE, layers=4, context_features=1),
    angles(1),
    angles(2),
    angles(3, context_features=1),
    Case("whole-normal", whole(lambda dtype: StandardNormal(2))),
    Case("whole-student-t", whole(lambda dtype: StudentT(2, 30.0, dtype))),
    Case("whole-mixture", whole(lambda dtype: GaussianMixture(2, 3, dtype=dtype))),
)
PLANAR = tuple(case for case in FLOWS if case.build().features == 2)


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@each(TRANSFORMS + FLOWS)
@pytest.mark.parametrize("rows", [0, 1, 200])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-4)])
def test_round_trip(case, rows, dtype, tolerance):
    suite.check_round_trip(case.build(dtype), case.x(rows, dtype, scale=1.5), tolerance)


@each(TRANSFORMS + FLOWS)
def test_log_determinants_are_those_of_the_jacobian(case):
    suite.check_log_det(case.build(), case.x(5, scale=1.5))


@each(TRANSFORMS)
def test_every_parameter_of_a_transform_gets_a_gradient(case):
    transform, x = case.build(), case.x(50)
    if any(p.requires_grad for p in transform.parameters()):
        z, log_det = transform.forward_and_log_det(x, suite.context_for(transform, 50))
        suite.check_gradients(transform, (z.square().sum(1) - log_det).sum())


@each(FLOWS)
def test_every_parameter_of_a_flow_gets_a_gradient(case):
    flow, x = case.build(), case.x(200, scale=2.0)
    suite.check_gradients(flow, flow.log_prob(x, suite.context_for(flow, 200)).logsumexp(0))


@each(FLOWS)
def test_log_prob_does_not_depend_on_the_batch(case):
    flow, x = case.build(), case.x(7)
    suite.check_batching(flow.log_prob, x, suite.context_for(flow, 7))


@each(FLOWS)
def test_sample_and_log_prob_agree(case):
    flow = case.build()
    context = suite.context_for(flow, 20)
    x, log_prob = flow.sample_and_log_prob(20, context, seed=0)
    suite.assert_near(log_prob, flow.log_prob(x, context), 1e-11, "log_prob of samples")
    assert torch.equal(flow.sample(20, context, seed=0), x)


@each(PLANAR)
def test_density_integrates_to_one(case):
    suite.check_integral(case.build(), case.window)


@each(FLOWS)
def test_latents_of_samples_follow_the_base(case):
    suite.check_samples(case.build())


@each([case for case in PLANAR if case.name in ("coupling-spline-2", "circular-2", "whole-mixture")])
def test_samples_follow_the_density(case):
    suite.check_sampler(case.build(), case.window)


class Flipped(AbstractTransform):
    """The wrong model that round trips cannot see: both log-determinants have the wrong sign."""

    def __init__(self, transform):
        super().__init__(transform.features, transform.context_features)
        self.transform = transform

    def _forward(self, x, context):
        z, log_det = self.transform._forward(x, context)
        return z, -log_det

    def _inverse(self, z, context):
        x, log_det = self.transform._inverse(z, context)
        return x, -log_det


def changes_volume(case) -> bool:
    transform, x = case.build(), case.x(5)
    return bool(transform.forward_and_log_det(x, suite.context_for(transform, 5))[1].abs().max() > 1e-3)


@each([case for case in TRANSFORMS + FLOWS if changes_volume(case)])
def test_a_flipped_log_determinant_is_caught(case):
    wrong, x = Flipped(case.build()), case.x(5, scale=1.5)
    suite.check_round_trip(wrong, x, 1e-12)  # which is why it does not suffice
    with pytest.raises(AssertionError, match="log_det"):
        suite.check_log_det(wrong, x)


def test_a_flipped_log_determinant_costs_mass_and_misleads_samples():
    right = PLANAR[0].build()
    wrong = Flow(Flipped(right.transform), right.base)
    for check in (suite.check_integral, suite.check_sampler):
        with pytest.raises(AssertionError):
            check(wrong, PLANE)


class Wide(StandardNormal):
    """The wrong base: density of width 1.3, draws of width 1."""

    def log_prob(self, z):
        return super().log_prob(z / 1.3) - self.features * math.log(1.3)


def test_draws_narrower_than_the_density_are_caught():
    with pytest.raises(AssertionError, match="chi-square"):
        suite.check_sampler(Flow(PLANAR[0].build().transform, Wide(2)), PLANE)


class Loose(AbstractTransform):
    """A wrong inverse: samples are stretched by 1.3."""

    def __init__(self, transform):
        super().__init__(transform.features, transform.context_features)
        self.transform = transform

    def _forward(self, x, context):
        return self.transform._forward(x, context)

    def _inverse(self, z, context):
        return self.transform._inverse(1.3 * z, context)


def test_a_wrong_inverse_is_caught():
    wrong = Flow(Loose(PLANAR[0].build().transform), StandardNormal(2))
    with pytest.raises(AssertionError, match="round trip"):
        suite.check_round_trip(wrong, PLANAR[0].x(5), 1e-12)
    with pytest.raises(AssertionError, match="do not follow the base"):
        suite.check_samples(wrong)


class Mixing(Flow):
    """A wrong flow: each row's log-density depends on the rows beside it."""

    def log_prob(self, x, context=None):
        return super().log_prob(x, context) - 1e-9 * len(x)


def test_rows_that_mix_are_caught():
    right = PLANAR[0].build()
    with pytest.raises(AssertionError, match="batching"):
        suite.check_batching(Mixing(right.transform, right.base).log_prob, PLANAR[0].x(5), None)

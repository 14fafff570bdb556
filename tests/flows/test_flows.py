"""One table of flows drives every check; each check is a function, and a wrong model must fail it."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.flows import AbstractTransform, Affine, Flow, RationalQuadratic, StandardNormal, coupling_flow

SPLINE = RationalQuadratic(bins=5, bound=3.0)
CASES = {
    "affine-1": (1, {"transform": Affine()}),
    "affine-2": (2, {"transform": Affine()}),
    "affine-5": (5, {"transform": Affine(log_scale_bound=1.0)}),
    "affine-5-context": (5, {"transform": Affine(), "context_features": 2}),
    "spline-1": (1, {"transform": SPLINE}),
    "spline-1-context": (1, {"transform": SPLINE, "context_features": 2}),
    "spline-2": (2, {"transform": SPLINE}),
    "spline-2-context": (2, {"transform": SPLINE, "context_features": 3}),
    "spline-5": (5, {"transform": SPLINE, "layers": 4}),
    "spline-5-context": (5, {"transform": SPLINE, "context_features": 1}),
    "two-bins": (2, {"transform": RationalQuadratic(bins=2, bound=2.0)}),
    "linear-conditioner": (3, {"transform": SPLINE, "hidden": ()}),
}
TWO_DIMENSIONAL = [name for name, (features, _) in CASES.items() if features == 2]
FALSE_ALARM = 1e-3  # of each statistical check, were its seed drawn afresh


def build(name, dtype=torch.float64, scramble=True):
    features, options = CASES[name]
    flow = coupling_flow(features, **{"layers": 3, "hidden": (12, 8), "dtype": dtype} | options)
    return scrambled(flow) if scramble else flow


def scrambled(flow, scale=0.25, seed=1):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in flow.parameters():
            p.add_(scale * torch.randn(p.shape, generator=generator, dtype=torch.float64))
    return flow


def normal(rows, columns, dtype=torch.float64, scale=1.0, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(rows, columns, generator=generator, dtype=torch.float64)).to(dtype)


def context_for(flow, rows, dtype=torch.float64):
    return normal(rows, flow.context_features, dtype, seed=3) if flow.context_features else None


def check_round_trip(flow, x, context, tolerance):
    z, forward = flow.forward_and_log_det(x, context)
    back, inverse = flow.inverse_and_log_det(z, context)
    assert z.shape == x.shape
    assert forward.shape == inverse.shape == (len(x),)
    torch.testing.assert_close(back, x, rtol=0, atol=tolerance)
    torch.testing.assert_close(forward + inverse, torch.zeros_like(forward), rtol=0, atol=tolerance)


def check_log_det(function, x, context, tolerance=1e-12):
    _, log_det = function(x, context)
    for i in range(len(x)):
        row_context = None if context is None else context[i : i + 1]
        jacobian = torch.autograd.functional.jacobian(
            lambda r, c=row_context: function(r[None], c)[0][0], x[i]
        )
        assert abs(torch.linalg.slogdet(jacobian)[1] - log_det[i]) <= tolerance


def grid(reach, cells):
    """Return the midpoints of cells × cells squares that cover [-reach, reach]², and their area."""
    step = 2 * reach / cells
    side = -reach + step * (torch.arange(cells, dtype=torch.float64) + 0.5)
    return torch.cartesian_prod(side, side), step**2


def check_integral(flow, context, reach=9.0, cells=300):
    points, area = grid(reach, cells)
    rows = None if context is None else context[:1].expand(len(points), -1)
    with torch.no_grad():
        assert abs(flow.log_prob(points, rows).exp().sum() * area - 1) <= 1e-3


def check_latents(flow, context, n=4000):
    """Compare the latents of samples with the standard normal, column by column: Kolmogorov-Smirnov."""
    x = flow.sample(n, None if context is None else context[0], seed=5)
    rows = None if context is None else context[:1].expand(n, -1)
    z = flow.forward_and_log_det(x, rows)[0].detach().numpy()
    assert min(stats.kstest(column, "norm").pvalue for column in z.T) > FALSE_ALARM / z.shape[1]


def check_histogram(flow, n=20000, reach=9.0, cells=384, blocks=32):
    """Compare samples with the density itself, in 32 × 32 squares: chi-square."""
    points, area = grid(reach, cells)
    with torch.no_grad():
        mass = (flow.log_prob(points).exp() * area).reshape(blocks, cells // blocks, blocks, cells // blocks)
    expected = n * mass.sum((1, 3)).numpy().ravel()
    edges = np.linspace(-reach, reach, blocks + 1)
    observed = np.histogram2d(*flow.sample(n, seed=6).numpy().T, bins=[edges, edges])[0].ravel()
    full = expected >= 5
    pairs = [np.append(v[full], v[~full].sum()) for v in (observed, expected)]
    statistic = ((pairs[0] - pairs[1]) ** 2 / pairs[1]).sum()
    assert stats.chi2.sf(statistic, full.sum()) > FALSE_ALARM


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


class Stretched(StandardNormal):
    """A base whose samples are 1.3 times too wide."""

    def sample(self, n, generator, like):
        return 1.3 * super().sample(n, generator, like)


@pytest.mark.parametrize("rows", [0, 1, 200])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
@pytest.mark.parametrize("name", CASES)
def test_round_trip(name, dtype, tolerance, rows):
    flow = build(name, dtype)
    x = normal(rows, flow.features, dtype, scale=2.0)
    check_round_trip(flow, x, context_for(flow, rows, dtype), tolerance)
    assert flow.log_prob(x, context_for(flow, rows, dtype)).dtype == dtype


@pytest.mark.parametrize("name", CASES)
def test_log_det_is_that_of_the_jacobian(name):
    flow = build(name)
    x, context = normal(8, flow.features, scale=2.0), context_for(flow, 8)
    check_log_det(flow.forward_and_log_det, x, context)
    check_log_det(flow.inverse_and_log_det, x, context)


@pytest.mark.parametrize("name", CASES)
def test_starts_at_the_identity(name):
    flow = build(name, scramble=False)
    x, context = normal(50, flow.features, scale=2.0), context_for(flow, 50)
    z, log_det = flow.forward_and_log_det(x, context)
    torch.testing.assert_close(z, x, rtol=0, atol=1e-13)
    torch.testing.assert_close(log_det, torch.zeros(50, dtype=x.dtype), rtol=0, atol=1e-13)
    torch.testing.assert_close(flow.log_prob(x, context), StandardNormal(flow.features).log_prob(x))


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_gets_a_finite_gradient(name):
    flow = build(name)
    x = torch.cat(
        [normal(200, flow.features, scale=2.0), 1e3 * torch.eye(flow.features, dtype=torch.float64)]
    )
    flow.log_prob(x, context_for(flow, len(x))).logsumexp(0).backward()
    for p in flow.parameters():
        assert p.grad is not None
        assert p.grad.isfinite().all()
        assert p.numel() == 0 or (p.grad != 0).any()


@pytest.mark.parametrize("name", CASES)
def test_log_prob_of_a_row_does_not_depend_on_its_batch(name):
    flow = build(name)
    x, context = normal(7, flow.features), context_for(flow, 7)
    alone = [flow.log_prob(x[i : i + 1], None if context is None else context[i : i + 1]) for i in range(7)]
    torch.testing.assert_close(torch.cat(alone), flow.log_prob(x, context), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", TWO_DIMENSIONAL)
def test_density_integrates_to_one(name):
    flow = build(name)
    check_integral(flow, context_for(flow, 1))


@pytest.mark.parametrize("name", CASES)
def test_latents_of_samples_follow_the_base(name):
    flow = build(name)
    check_latents(flow, context_for(flow, 1))


def test_samples_follow_the_density():
    check_histogram(build("spline-2"))


@pytest.mark.parametrize("name", ["affine-2", "spline-2"])
def test_a_flipped_log_det_fails_the_checks(name):
    right = build(name)
    wrong = Flow(Flipped(right.transform), right.base)
    x = normal(5, 2)
    check_round_trip(wrong, x, None, 1e-12)  # which is why it does not suffice
    for check in (
        lambda: check_log_det(wrong.forward_and_log_det, x, None),
        lambda: check_log_det(wrong.inverse_and_log_det, x, None),
        lambda: check_integral(wrong, None),
        lambda: check_histogram(wrong),
    ):
        with pytest.raises(AssertionError):
            check()


def test_stretched_samples_fail_the_statistical_checks():
    wrong = Flow(build("spline-2").transform, Stretched(2))
    for check in (lambda: check_latents(wrong, None), lambda: check_histogram(wrong)):
        with pytest.raises(AssertionError):
            check()


@pytest.mark.parametrize("name", CASES)
def test_sample_and_log_prob_agree(name):
    flow = build(name)
    x, log_prob = flow.sample_and_log_prob(20, context_for(flow, 20), seed=0)
    assert x.requires_grad
    torch.testing.assert_close(log_prob, flow.log_prob(x, context_for(flow, 20)), rtol=0, atol=1e-11)
    sample = flow.sample(20, context_for(flow, 20), seed=0)
    assert not sample.requires_grad
    assert torch.equal(sample, x)


def test_one_context_row_serves_all_draws():
    flow = build("spline-2-context")
    row = normal(1, 3)
    assert torch.equal(flow.sample(4, row[0], seed=0), flow.sample(4, row.expand(4, -1), seed=0))


def test_flow_is_differentiable_twice():
    flow = build("spline-2")
    x = normal(5, 2).requires_grad_()
    assert torch.autograd.gradcheck(flow.log_prob, x)
    assert torch.autograd.gradgradcheck(lambda x: flow.log_prob(x).sum(), x)


def test_seeds_fix_everything_and_leave_torch_alone():
    before = torch.get_rng_state()
    flows = [coupling_flow(4, hidden=(8,), seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(flows[0].sample(3, seed=9), flows[1].sample(3, seed=9))
    assert torch.equal(torch.get_rng_state(), before)
    states = [torch.cat([v.double().flatten() for v in flow.state_dict().values()]) for flow in flows]
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_one_seed_means_one_flow_in_every_dtype():
    single, double = (coupling_flow(5, hidden=(8,), dtype=d) for d in (torch.float32, torch.float64))
    for p, q in zip(single.parameters(), double.parameters(), strict=True):
        assert torch.equal(p, q.float())


def test_state_survives_safetensors(tmp_path):
    from safetensors.torch import load_file, save_file

    flow = build("spline-5-context")
    save_file(flow.state_dict(), tmp_path / "flow.safetensors")
    other = coupling_flow(
        5, layers=3, hidden=(12, 8), transform=SPLINE, context_features=1, dtype=torch.float64, seed=7
    )
    other.load_state_dict(load_file(tmp_path / "flow.safetensors"))
    x, context = normal(9, 5), context_for(flow, 9)
    assert torch.equal(other.log_prob(x, context), flow.log_prob(x, context))


@pytest.mark.parametrize("name", ["affine-5", "spline-5"])
@pytest.mark.parametrize(
    ("dtype", "far"), [(torch.float32, 3e38), (torch.float64, 1e300), (torch.float64, 1e6)]
)
def test_far_rows_have_a_density_or_minus_infinity(name, dtype, far):
    flow = build(name, dtype)
    log_prob = flow.log_prob(far * torch.eye(5, dtype=dtype))
    assert not log_prob.isnan().any()
    assert (log_prob < -1e9).all()


def test_a_row_of_the_standard_normal():
    assert math.isclose(
        StandardNormal(2).log_prob(torch.tensor([[3.0, 4.0]])).item(),
        -12.5 - math.log(2 * math.pi),
        rel_tol=1e-6,
    )

"""What PyTorch's users do with a density, one row a habit, over kinds, transforms and bases."""

import copy
import pickle

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, vmap

from sciml.errors import DataError
from sciml.flows import (
    Affine,
    GaussianMixture,
    RationalQuadratic,
    StudentT,
    autoregressive_flow,
    circular_flow,
    coupling_flow,
)

KIND = {"layers": 2, "hidden": (6,), "dtype": torch.float64}
SPLINE = RationalQuadratic(4)
FLOWS = {
    "coupling-spline": lambda: coupling_flow(3, transform=SPLINE, **KIND),
    "coupling-affine": lambda: coupling_flow(3, transform=Affine(), **KIND),
    "autoregressive-spline": lambda: autoregressive_flow(3, transform=SPLINE, **KIND),
    "autoregressive-affine": lambda: autoregressive_flow(3, transform=Affine(), **KIND),
    "student-t": lambda: coupling_flow(3, transform=SPLINE, base=StudentT(3, dtype=torch.float64), **KIND),
    "mixture": lambda: coupling_flow(
        3, transform=SPLINE, base=GaussianMixture(3, 2, dtype=torch.float64), **KIND
    ),
    "circular": lambda: circular_flow(3, **KIND),
}
# torch's own transforms call torch.jit.script, of which torch warns
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
each = pytest.mark.parametrize("name", FLOWS)
QUICK = ("coupling-spline", "autoregressive-affine", "circular")  # of rows that take a second each
some = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in FLOWS]
)
CLOSE = {"rtol": 1e-9, "atol": 1e-10}


def flow_of(name):
    flow, generator = FLOWS[name](), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype))
    return flow


def rows(name):
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x.abs().fmod(1) if name == "circular" else 2 * x


def of_one(flow):
    return lambda row: flow.log_prob(row[None])[0]


@each
def test_vmap(name):
    flow, x = flow_of(name), rows(name)
    assert torch.allclose(vmap(of_one(flow))(x), flow.log_prob(x), **CLOSE)


@some
def test_gradients_of_each_sample(name):
    flow, x = flow_of(name), rows(name)
    parameters = dict(flow.named_parameters())
    of_row = vmap(grad(lambda p, row: functional_call(flow, p, (row[None],))[0]), (None, 0))
    together = torch.autograd.grad(flow.log_prob(x).sum(), list(parameters.values()), allow_unused=True)
    apart = of_row(parameters, x)
    for key, whole in zip(parameters, together, strict=True):
        expected = torch.zeros_like(parameters[key]) if whole is None else whole
        assert torch.allclose(apart[key].sum(0), expected, **CLOSE), key


@some
def test_forward_mode_is_reverse_mode(name):
    flow, x = flow_of(name), rows(name)
    assert torch.allclose(jacfwd(of_one(flow))(x[0]), jacrev(of_one(flow))(x[0]), **CLOSE)
    _, along = torch.autograd.functional.jvp(flow.log_prob, x, torch.ones_like(x))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        forward = torch.autograd.forward_ad.unpack_dual(flow.log_prob(dual)).tangent
    assert torch.allclose(forward, along, **CLOSE)


@some
def test_hessians(name):
    flow, x = flow_of(name), rows(name)
    expected = torch.stack([torch.autograd.functional.hessian(of_one(flow), row) for row in x])
    assert torch.allclose(vmap(hessian(of_one(flow)))(x), expected, **CLOSE)


@each
def test_autocast_changes_nothing(name):
    flow, x = flow_of(name).float(), rows(name).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = flow.log_prob(x)
        drawn = flow.sample(4, seed=0)
    assert torch.equal(inside, flow.log_prob(x))
    assert torch.equal(drawn, flow.sample(4, seed=0))


@each
def test_copies_and_dtypes(name):
    flow, x = flow_of(name), rows(name)
    expected = flow.log_prob(x)
    for copied in (copy.deepcopy(flow), pickle.loads(pickle.dumps(flow))):
        assert torch.equal(copied.log_prob(x), expected)
    single = copy.deepcopy(flow).to(torch.float32).log_prob(x.float())
    assert torch.allclose(single.double(), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@each
def test_compiled_without_a_break(name):
    flow, x = flow_of(name), rows(name)
    compiled = torch.compile(lambda row: flow.log_prob(row), backend="aot_eager", fullgraph=True)
    assert torch.allclose(compiled(x), flow.log_prob(x), **CLOSE)


@pytest.mark.parametrize("name", [name for name in FLOWS if name != "circular"])
@pytest.mark.parametrize("far", [1e3, 1e10, 1e15])
def test_far_gradients_are_finite_where_the_density_is(name, far):
    flow = flow_of(name).float()
    x = torch.full((1, 3), far, requires_grad=True)
    log_prob = flow.log_prob(x)
    assert log_prob.isfinite().all()
    assert torch.autograd.grad(log_prob.sum(), x)[0].isfinite().all()


def test_components_that_tie_far_out_share_the_gradient():
    base = GaussianMixture(1, 3)
    with torch.no_grad():
        base.means.zero_()
    z = torch.full((1, 1), 1e10, requires_grad=True)
    assert torch.autograd.grad(base.log_prob(z).sum(), z)[0].item() == pytest.approx(-1e10, rel=1e-5)


def test_nan_is_nan_where_no_row_can_be_named():
    flow = flow_of("coupling-spline")
    x = torch.tensor([[0.0, float("nan"), 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    with pytest.raises(DataError, match="row 0, column 1"):
        flow.log_prob(x)
    assert vmap(of_one(flow))(x).isnan().tolist() == [True, False]


def test_distributions_expand_and_diverge():
    flow = coupling_flow(2, layers=2, hidden=(6,), context_features=1)
    context = torch.tensor([[0.0], [1.0]])
    p = flow.distribution(context)
    wide = p.expand((5, 2))
    assert (wide.batch_shape, wide.sample((3,)).shape) == ((5, 2), (3, 5, 2, 2))
    x = torch.randn(5, 2, 2)
    assert torch.equal(wide.log_prob(x), p.log_prob(x))
    assert coupling_flow(2, layers=2).distribution().expand((4,)).log_prob(torch.zeros(4, 2)).shape == (4,)
    torch.manual_seed(0)
    assert torch.allclose(p.mean, torch.zeros(2, 2), atol=0.1)  # a flow begins as the normal density
    shifted = Independent(Normal(torch.ones(2), torch.ones(2)), 1)
    assert torch.allclose(kl_divergence(p, shifted), torch.ones(2), atol=0.1)  # |shift|²/2

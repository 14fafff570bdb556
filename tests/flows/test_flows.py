"""What flows promise beyond the conformance suite: seeds, dtypes, derivatives and saved states."""

import math

import torch

from sciml.flows import RationalQuadratic, StandardNormal, coupling_flow

SPLINE = RationalQuadratic(bins=5, bound=3.0)


def build(features=2, **options):
    flow = coupling_flow(
        features, **{"layers": 3, "hidden": (12, 8), "transform": SPLINE, "dtype": torch.float64} | options
    )
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in flow.parameters():
            p.add_(0.25 * torch.randn(p.shape, generator=generator, dtype=torch.float64))
    return flow


def normal(rows, columns, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)


def test_one_context_row_serves_all_draws():
    flow = build(context_features=3)
    row = normal(1, 3)
    assert torch.equal(flow.sample(4, row[0], seed=0), flow.sample(4, row.expand(4, -1), seed=0))


def test_flow_is_differentiable_twice():
    flow = build()
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

    flow = build(5, context_features=1)
    save_file(flow.state_dict(), tmp_path / "flow.safetensors")
    other = coupling_flow(
        5, layers=3, hidden=(12, 8), transform=SPLINE, context_features=1, dtype=torch.float64, seed=7
    )
    other.load_state_dict(load_file(tmp_path / "flow.safetensors"))
    x, context = normal(9, 5), normal(9, 1, seed=3)
    assert torch.equal(other.log_prob(x, context), flow.log_prob(x, context))


def test_a_row_of_the_standard_normal():
    assert math.isclose(
        StandardNormal(2).log_prob(torch.tensor([[3.0, 4.0]])).item(),
        -12.5 - math.log(2 * math.pi),
        rel_tol=1e-6,
    )

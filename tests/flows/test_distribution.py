"""A flow as a torch distribution, against torch's own."""

import pytest
import torch
from torch.distributions import Independent, MixtureSameFamily, Normal, kl_divergence
from torch.distributions.categorical import Categorical

from sciml.errors import ArgumentError
from sciml.flows import Affine, Flow, GaussianMixture, LULinear, StandardNormal, coupling_flow

F64 = torch.float64


def conditional():
    flow = coupling_flow(2, layers=2, hidden=(6,), transform=Affine(), context_features=3, dtype=F64, seed=1)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in flow.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=generator, dtype=F64))
    return flow


def test_it_is_torchs_normal_where_it_is_normal():
    flow = Flow(LULinear(2, F64), StandardNormal(2))
    with torch.no_grad():
        flow.transform.log_diagonal.copy_(-torch.tensor([2.0, 0.5], dtype=F64).log())
        flow.transform.shift.copy_(-torch.tensor([1.0, 3.0], dtype=F64) / torch.tensor([2.0, 0.5]))
    ours = flow.distribution()
    exact = Independent(Normal(torch.tensor([1.0, 3.0], dtype=F64), torch.tensor([2.0, 0.5], dtype=F64)), 1)
    x = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(0), dtype=F64)
    assert (ours.batch_shape, ours.event_shape) == (exact.batch_shape, exact.event_shape)
    torch.testing.assert_close(ours.log_prob(x), exact.log_prob(x), rtol=0, atol=1e-12)
    draws = ours.sample((20_000,))
    torch.testing.assert_close(draws.mean(0), exact.mean, rtol=0, atol=0.08)
    torch.testing.assert_close(draws.std(0), exact.stddev, rtol=0.04, atol=0)


def test_rows_of_context_make_a_batch():
    flow, context = conditional(), torch.eye(3, dtype=F64)
    ours = flow.distribution(context)
    assert (ours.batch_shape, ours.event_shape) == (torch.Size([3]), torch.Size([2]))
    x = ours.sample((7,))
    assert x.shape == (7, 3, 2)
    rows = torch.stack([flow.log_prob(x[:, i], context[i].expand(7, -1)) for i in range(3)], 1)
    torch.testing.assert_close(ours.log_prob(x), rows, rtol=0, atol=1e-12)
    one = flow.distribution(context[1])
    assert one.batch_shape == ()
    torch.testing.assert_close(one.log_prob(x[0, 0]), ours.log_prob(x[0, 0].expand(3, 2))[1])
    assert one.sample().shape == (2,)


def test_rsample_carries_gradients_and_sample_does_not():
    flow = conditional()
    ours = flow.distribution(torch.zeros(3, dtype=F64))
    x = ours.rsample((50,))
    assert ours.has_rsample
    (x.square().sum() - ours.log_prob(x).sum()).backward()
    assert any((p.grad != 0).any() for p in flow.parameters() if p.grad is not None)
    assert not ours.sample((2,)).requires_grad


def test_it_takes_part_in_torchs_own_classes():
    ours = conditional().distribution(torch.randn(4, 3, dtype=F64))
    mixed = MixtureSameFamily(Categorical(torch.ones(4, dtype=F64)), ours, validate_args=False)
    x = mixed.sample((6,))
    exact = (ours.log_prob(x[:, None]) - torch.tensor(4.0, dtype=F64).log()).logsumexp(1)
    torch.testing.assert_close(mixed.log_prob(x), exact, rtol=0, atol=1e-12)
    assert kl_divergence(ours, ours).tolist() == [0.0] * 4


def test_draws_without_gradient_say_so():
    ours = Flow(LULinear(2), GaussianMixture(2, 3)).distribution()
    assert not ours.has_rsample
    assert ours.sample((3,)).shape == (3, 2)
    with pytest.raises(NotImplementedError, match="GaussianMixture"):
        ours.rsample()


def test_torchs_seed_decides():
    ours = conditional().distribution(torch.zeros(3, dtype=F64))
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = ours.sample((4,))
        torch.manual_seed(3)
        assert torch.equal(ours.sample((4,)), first)
        assert not torch.equal(ours.sample((4,)), first)


@pytest.mark.parametrize("shape", [(3,), (1,), (4, 3), ()])
def test_wrong_shapes_are_refused(shape):
    ours = Flow(LULinear(2), StandardNormal(2)).distribution()
    with pytest.raises(ArgumentError, match=r"value: got the shape .*, expected \(…, 2\)"):
        ours.log_prob(torch.zeros(shape))

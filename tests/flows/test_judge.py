"""What is measured on a flow, against a divergence known in closed form."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.flows import Flow, StandardNormal, coupling_flow
from sciml.flows.judge import judge

FALSE_ALARM = 1e-3  # of each statistical check, were its seeds drawn afresh


@dataclass(frozen=True)
class Wide:
    """The normal density with standard deviation `width` in two dimensions."""

    width: float = 1.2

    def log_prob(self, x):
        return -0.5 * (x**2).sum(1) / self.width**2 - math.log(2 * math.pi * self.width**2)

    def sample(self, n, seed):
        return self.width * np.random.default_rng(seed).standard_normal((n, 2))

    def error(self, x):
        return 0.0


class Shifted(Flow):
    """The wrong model of log-density log q + shift, which is not normalised."""

    shift = 0.2

    def log_prob(self, x, context=None):
        return super().log_prob(x, context) + self.shift


class Stretched(StandardNormal):
    """A base whose samples are 1.3 times too wide."""

    def sample(self, n, generator, like):
        return 1.3 * super().sample(n, generator, like)


def scores(flow, exact, seeds=40, rows=1000):
    """Return how many standard errors each measurement is off, (seeds,) for each name."""
    judged = [judge(Wide(), flow, rows, (2 * seed, 2 * seed + 1)) for seed in range(seeds)]
    return {
        name: np.array([(item[name].value - value) / item[name].error for item in judged])
        for name, value in exact.items()
    }


def check_scores(values):
    """Compare the sum of squares with chi-square, from both sides."""
    tail = stats.chi2.cdf((values**2).sum(), len(values))
    assert min(tail, 1 - tail) > FALSE_ALARM / 2


def exact(width=1.2):
    """Return KL(p ‖ q), E_p[log q] and ∫ q for p of this width and the standard normal q."""
    divergence = width**2 - 1 - 2 * math.log(width)
    return {"log_prob_gap": divergence, "test_log_prob": -(width**2) - math.log(2 * math.pi), "mass": 1.0}


def test_measurements_scatter_about_the_truth_as_their_errors_say():
    for values in scores(coupling_flow(2, layers=2, hidden=(4,)), exact()).values():
        check_scores(values)


@pytest.mark.parametrize("shift", [0.2, -0.2])
def test_a_density_that_is_not_normalised_is_seen(shift):
    right = coupling_flow(2, layers=2, hidden=(4,))
    wrong = Shifted(right.transform, right.base)
    wrong.shift = shift
    judged = scores(wrong, exact(), seeds=1)
    assert np.sign(shift) * judged["mass"][0] > 10
    with pytest.raises(AssertionError):
        check_scores(judged["log_prob_gap"])


def test_a_sampler_that_does_not_follow_its_density_is_seen():
    right = coupling_flow(2, layers=2, hidden=(4,))
    assert abs(scores(Flow(right.transform, Stretched(2)), exact(), seeds=1)["mass"][0]) > 10


def test_the_same_seeds_give_the_same_bits_and_torch_is_left_alone():
    flow = coupling_flow(2, layers=2, hidden=(4,))
    before = torch.get_rng_state()
    assert judge(Wide(), flow, 100, (0, 1)) == judge(Wide(), flow, 100, (0, 1))
    assert torch.equal(torch.get_rng_state(), before)

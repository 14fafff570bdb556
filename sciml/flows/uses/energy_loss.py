"""The reverse Kullback-Leibler divergence of a flow from an energy, by path or plain gradients."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import functional_call

from sciml.flows.flow import Flow
from sciml.flows.uses.walkers import Energy, checked
from sciml.numerics.seeds import independent

GRADIENTS = ("path", "plain")
BATCH, JUDGED = 256, 2048  # draws a step, and of a look


class Seeds:
    """Batches that are the seed of their draws."""

    def batch(self, step: int, seed: int) -> Tensor:
        """Return the seed of a step."""
        return torch.tensor([independent((seed << 32) + step, 1)[0]])


class EnergyLoss:
    """E_q[log q + U] by the draws of a seed; its gradient has the mean of the true one.

    Parameters of the base that draws are not differentiable in get the gradient E[(f − mean f) ∇ log q].

    Args:
        flow: q.
        energy: U.
        gradients: "path" or "plain".
    """

    def __init__(self, flow: Flow, energy: Energy, gradients: str) -> None:
        self.flow, self.energy, self.path = flow, energy, gradients == "path"

    def __call__(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Return the loss by the draws of the seed in the batch."""
        seed = int(batch[0])
        if not torch.is_grad_enabled():
            return self._values(*self.flow.sample_and_log_prob(JUDGED, seed=seed)).mean()
        x, log_q = self.flow.sample_and_log_prob(BATCH, seed=seed)
        values = self._values(x, self._log_prob(x, ()) if self.path else log_q)
        scored = tuple(f"base.{name}" for name in self.flow.base.scored)
        if not scored:
            return values.mean()
        score = self._log_prob(x.detach(), scored)
        lead = (values - values.mean()).detach()
        return values.mean() + (lead * (score - score.detach())).mean()

    def _values(self, x: Tensor, log_q: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x if x.requires_grad else x.requires_grad_()
            energy = checked(self.energy(x), len(x))
        return log_q + (energy if torch.is_grad_enabled() else energy.detach())

    def _log_prob(self, x: Tensor, live: tuple[str, ...]) -> Tensor:
        """Return log q(x) with parameters held fixed, but those named."""
        parameters = {
            name: value if name in live else value.detach() for name, value in self.flow.named_parameters()
        }
        log_prob: Tensor = functional_call(self.flow, parameters, (x,))
        return log_prob

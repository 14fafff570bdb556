"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class SoapMatrices(Optimizer):
    r"""For matrices W with gradient G: Adam of $Q_L^TGQ_R$, turned back.

    $Q_L$, $Q_R$ are the eigenvectors of the running means of $GG^T$ and $G^TG$, followed by one QR step every
    `frequency` steps. Where W is turned, W → UWV, the steps turn with it. The first call begins the means.

    References:
        N. Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, arXiv:2409.11321.

    Args:
        matrices: Parameters of two dimensions.
        lr: Rate.
        betas: Decays of the first and the second moment; the second is that of the preconditioner too.
        eps: Added to the root of the second moment.
        frequency: Steps between two changes of the basis.
    """

    def __init__(
        self,
        matrices: Iterable[Tensor],
        lr: float,
        betas: tuple[float, float] = (0.95, 0.95),
        eps: float = 1e-8,
        frequency: int = 10,
    ) -> None:
        super().__init__(matrices, {"lr": lr, "betas": betas, "eps": eps, "frequency": frequency})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Make a step."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._advance(p, p.grad, group)

    def _advance(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            _begin(state, grad)
            return
        state["step"] += 1
        p.sub_(group["lr"] * _direction(state, grad, group["betas"], group["eps"]))
        _follow(state, grad, group["betas"][1], state["step"] % group["frequency"] == 0)


def _begin(state: dict[str, Any], grad: Tensor) -> None:
    state.update(step=0, mean=torch.zeros_like(grad), square=torch.zeros_like(grad))
    for side, product in (("left", grad @ grad.mT), ("right", grad.mT @ grad)):
        state[side], state[f"{side}_basis"] = product, torch.linalg.eigh(product)[1].flip(1)


def _direction(state: dict[str, Any], grad: Tensor, betas: tuple[float, float], eps: float) -> Tensor:
    """Return Adam's direction in the basis, turned back."""
    left, right, k = state["left_basis"], state["right_basis"], state["step"]
    state["mean"].lerp_(grad, 1 - betas[0])
    state["square"].lerp_((left.mT @ grad @ right).square(), 1 - betas[1])
    size = (state["square"] / (1 - betas[1] ** k)).sqrt() + eps
    inner = (left.mT @ state["mean"] @ right) / (1 - betas[0] ** k) / size
    direction: Tensor = left @ inner @ right.mT
    return direction


def _follow(state: dict[str, Any], grad: Tensor, decay: float, turn: bool) -> None:
    """Bring the preconditioner up to date, and where asked the basis."""
    for side, product in (("left", grad @ grad.mT), ("right", grad.mT @ grad)):
        state[side].lerp_(product, 1 - decay)
        if turn:
            state[f"{side}_basis"] = torch.linalg.qr(state[side] @ state[f"{side}_basis"])[0]

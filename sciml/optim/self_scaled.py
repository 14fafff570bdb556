"""Self-scaled quasi-Newton methods with a dense inverse Hessian."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.optim.quasi_newton import Pair, QuasiNewton


@dataclass(frozen=True)
class SelfScaled(QuasiNewton[Tensor]):
    """A member of the self-scaled Broyden family; `coefficients` says which."""

    @staticmethod
    @abstractmethod
    def coefficients(b: float, h: float, size: int) -> tuple[float, float]:
        """Return tau and phi of the update from `b = s.Bs / y.s`, `h = y.Hy / y.s` and the number P."""

    def apply(self, memory: Tensor, gradient: Tensor) -> Tensor:
        """Return `H g`."""
        return memory @ gradient

    def update(self, memory: Tensor | None, pair: Pair) -> Tensor:
        """Return the updated inverse Hessian; the first one is a multiple of the identity before that."""
        if memory is None:
            model = float(pair.step.dot(pair.step)) / pair.scale
            memory = torch.eye(len(pair.step), dtype=pair.step.dtype, device=pair.step.device) * pair.scale
            pair = Pair(pair.step, pair.change, pair.curvature, model)
        image = memory @ pair.change
        h = float(image.dot(pair.change)) / pair.curvature
        tau, phi = self.coefficients(pair.model / pair.curvature, h, len(image))
        return broyden_update(memory, pair.step, image, pair.curvature, h, tau, phi)


@dataclass(frozen=True)
class SelfScaledBFGS(SelfScaled):
    r"""Self-scaled BFGS: `broyden_update` with the following coefficients.

    $$\phi = 1, \qquad \tau = \min(1, 1/b), \qquad b = \frac{s^T B s}{y^T s}$$

    References:
        M. Al-Baali, Comput. Optim. Appl. 9, 191 (1998).
        J. F. Urban, P. Stefanou and J. A. Pons, J. Comput. Phys. 523, 113656 (2025), arXiv:2405.04230.
    """

    @staticmethod
    def coefficients(b: float, h: float, size: int) -> tuple[float, float]:
        """Return `min(1, 1/b)` and 1."""
        return min(1.0, 1.0 / b), 1.0


@dataclass(frozen=True)
class SelfScaledBroyden(SelfScaled):
    r"""Self-scaled Broyden: `broyden_update` with the following coefficients.

    $$\phi = \frac{1-\theta}{1+a\theta}, \quad
      \tau = \begin{cases} \min(1, 1/b)\,\min(\sigma^{-1/(P-1)}, 1/\theta) & \theta > 0 \\
                           \min(\min(1, 1/b)\,\sigma^{-1/(P-1)}, \sigma) & \theta \le 0 \end{cases}$$

    where, with `b = s.Bs / y.s` and `h = y.Hy / y.s`,

    $$a = bh - 1, \quad \sigma = 1 + a\theta, \quad \rho = \min(1, h(1-\sqrt{a/(1+a)})), \quad
      \theta = \max\big((\rho-1)/a, \min(1/\rho, (1-b)/b)\big)$$

    References:
        M. Al-Baali, Comput. Optim. Appl. 9, 191 (1998).
        J. F. Urban, P. Stefanou and J. A. Pons, J. Comput. Phys. 523, 113656 (2025), arXiv:2405.04230.
    """

    @staticmethod
    def coefficients(b: float, h: float, size: int) -> tuple[float, float]:
        """Return tau and phi."""
        a = max(b * h - 1.0, 1e-15)  # >= 0 by Cauchy-Schwarz, up to rounding
        root = math.sqrt(a / (1.0 + a))
        rho = min(1.0, h / ((1.0 + a) * (1.0 + root)))  # 1 - root, without cancellation
        theta = max((rho - 1.0) / a, min(1.0 / rho, (1.0 - b) / b))
        sigma = 1.0 + a * theta
        shape, first = sigma ** (-1.0 / max(size - 1, 1)), min(1.0, 1.0 / b)
        tau = first * min(shape, 1.0 / theta) if theta > 0.0 else min(first * shape, sigma)
        return tau, (1.0 - theta) / sigma


def broyden_update(
    matrix: Tensor, step: Tensor, image: Tensor, curvature: float, h: float, tau: float, phi: float
) -> Tensor:
    r"""Return the self-scaled Broyden update of an inverse Hessian.

    $$H_{+} = \frac{1}{\tau}\Big[H - \frac{H y y^T H}{y^T H y} + \phi\, y^T H y\, v v^T\Big]
      + \frac{s s^T}{y^T s}, \qquad v = \frac{s}{y^T s} - \frac{H y}{y^T H y}$$

    It meets the secant equation `H_+ y = s` for every tau and phi.

    Args:
        matrix: `H`.
        step: `s`.
        image: `H y`.
        curvature: `y.s`.
        h: `y.Hy / y.s`.
        tau: the scaling; BFGS has 1.
        phi: the member of the family; BFGS has 1.
    """
    ends = torch.stack((step, image), dim=1)
    cross = -phi / (tau * curvature)
    weights = ((phi * h / tau + 1.0) / curvature, cross, cross, (phi - 1.0) / (tau * h * curvature))
    inner = torch.tensor(weights, dtype=matrix.dtype, device=matrix.device).reshape(2, 2)
    return torch.addmm(matrix, ends @ inner, ends.T, beta=1.0 / tau)

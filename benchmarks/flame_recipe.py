"""The published way to train a premixed flame, written from the paper and its settings: a peer for flame.py.

J. Wu et al., FlamePINN-1D, arXiv:2406.09071, case 1: T = T_in + (T_max - T_in) sigma(N), N a tanh network of
3 x 64 in single precision; x scaled to [0, 10] and T by 5/T_max; T(0) and T'(0) as terms of the loss; 1001
points; a thousand steps on a Z-shaped profile, then the equation, by Adam at 1e-3, times 0.95 every thousand
steps; s_L begins at 0.4 m/s; every hundred steps the parameters of the least loss are kept. Derivatives here
are by jets, faster than the nested automatic differentiation that was published; the points are even.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from sciml.flame.mixture import Mixture
from sciml.numerics.derivatives import Jet, sigmoid, variable
from sciml.numerics.networks import MLP

LENGTH, POINTS, WARM, PERIOD, START = 1.5e-3, 1001, 1000, 100, 0.4
RATE, DECAY, DECAY_STEPS = 1e-3, 0.95, 1000


@dataclass
class Recipe:
    """One training, cut after so many CPU seconds, its warm-up included.

    `scaled=False` leaves out the normalization of x: the network sees metres.
    """

    mixture: Mixture
    seed: int
    seconds: float
    scaled: bool = True
    marks: list[tuple[float, float]] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        generator = torch.Generator().manual_seed(self.seed)
        self.network = MLP(1, (64, 64, 64), generator=generator, dtype=torch.float32)
        for weight in self.network.weights:
            torch.nn.init.xavier_normal_(weight, generator=generator)
        for bias in self.network.biases:
            torch.nn.init.zeros_(bias)
        self.speed = torch.nn.Parameter(torch.tensor(START))
        self.x = torch.linspace(0.0, LENGTH, POINTS)
        self.scale = 10.0 / LENGTH

        self.unit = self.scale if self.scaled else 1.0

    def temperature(self, x: Tensor) -> Jet:
        mixture, inputs = self.mixture, variable(x)[:, None] * self.unit
        return sigmoid(self.network.jet(inputs)[:, 0]) * (mixture.T_max - mixture.T_in) + mixture.T_in

    def loss(self) -> Tensor:
        mixture, T, s_L = self.mixture, self.temperature(self.x), self.speed
        flux = mixture.rho_in * s_L * mixture.cp
        rate = mixture.rate(T.value, s_L, torch)
        energy = T.first - (mixture.conductivity * T.second + mixture.heat * rate) / flux
        unit = 5.0 / mixture.T_max
        ends = unit * (T.value[0] - mixture.T_in), unit / self.scale * (T.first[0] - mixture.slope)
        return (unit / self.scale * energy).square().mean() + ends[0].square() + ends[1].square()

    def warm_loss(self) -> Tensor:
        """The distance from fresh gas, a ramp between 0.3 and 0.5 of the domain, and burnt gas."""
        ramp = ((self.x / LENGTH - 0.3) / 0.2).clamp(0.0, 1.0)
        rise = torch.sigmoid(self.network(self.x[:, None] * self.unit)[:, 0])
        return (5.0 * (1 - self.mixture.T_in / self.mixture.T_max) * (rise - ramp)).square().mean()

    def train(self) -> Recipe:
        torch.set_flush_denormal(True)
        began = time.process_time()
        self.descend(self.warm_loss, began, WARM)
        best, kept = float("inf"), self.state()
        for loss in self.descend_in_periods(began):
            if loss < best:
                best, kept = loss, self.state()
        self.network.load_state_dict(kept[0])
        self.speed.data.copy_(kept[1])
        torch.set_flush_denormal(False)
        return self

    def state(self) -> tuple[dict[str, Tensor], Tensor]:
        return copy.deepcopy(self.network.state_dict()), self.speed.detach().clone()

    def descend_in_periods(self, began: float):
        adam, schedule = self.optimizer()
        while time.process_time() - began < self.seconds:
            for _ in range(PERIOD):
                loss = self.step(adam, schedule, self.loss)
                self.marks.append((time.process_time() - began, float(self.speed.detach())))
            self.steps += PERIOD
            yield loss

    def descend(self, loss, began: float, steps: int) -> None:
        adam, schedule = self.optimizer()
        for _ in range(steps):
            if time.process_time() - began < self.seconds:
                self.step(adam, schedule, loss)

    def optimizer(self):
        adam = torch.optim.Adam([*self.network.parameters(), self.speed], lr=RATE)
        return adam, torch.optim.lr_scheduler.StepLR(adam, DECAY_STEPS, DECAY)

    @staticmethod
    def step(adam, schedule, loss) -> float:
        adam.zero_grad()
        value = loss()
        value.backward()
        adam.step()
        schedule.step()
        return float(value.detach())

    def velocity_error(self, exact: float) -> float:
        return abs(float(self.speed.detach()) / exact - 1)

    def field_error(self, x: np.ndarray, T: np.ndarray) -> float:
        with torch.no_grad():
            ours = self.temperature(torch.as_tensor(x, dtype=torch.float32)).value.double().numpy()
        return float(np.linalg.norm(ours - T) / np.linalg.norm(T))

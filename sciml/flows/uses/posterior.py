"""A posterior: the density of parameters given what was observed, for every observation at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from sciml.arguments import check_count, check_seed
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.flows.uses.calibration import Calibration, calibrate
from sciml.flows.uses.networks import NetworkSizes, PosteriorNetwork
from sciml.flows.uses.ranges import Ranges
from sciml.flows.uses.rows import as_array, as_parameters
from sciml.flows.uses.scaling import Scaling
from sciml.flows.uses.stored import read_posterior, write_posterior
from sciml.numerics.domains import Array

CHUNK = 2**16  # rows computed at a time


@dataclass(frozen=True)
class Posterior:
    """The density q(θ | x) of parameters given an observation, made by `fit_posterior`.

    Its integral over the bounds of the parameters is 1 for every observation, to rounding.

    Attributes:
        network: q in numbers of order one.
        sizes: What the network is made of.
        ranges: From θ to numbers of order one, within bounds.
        scaling: The same for x.
        anchors: Some of the rows that were trained on, (θ, x): calibration needs them.
        winner: "linear", "small" or "large": what did best on rows held back; a tie goes to the simpler.
        gain: By how many nats x narrows θ, on rows held back: E log q(θ | x) less that of a normal density
            that knows no x; zero where x says nothing.
        status: How the training ended.
        message: The same in a sentence.
        remarks: What to know before it is used.
    """

    network: PosteriorNetwork
    sizes: NetworkSizes
    ranges: Ranges
    scaling: Scaling
    anchors: tuple[Array, Array]
    winner: str
    gain: Measured
    status: Status
    message: str
    remarks: tuple[str, ...] = ()

    def sample(self, n: int, given: Any, seed: int | None = None) -> Array:  # noqa: ANN401
        """Return n draws of the parameters (n, p); for several observations (m, n, p).

        Args:
            n: Number of draws of each.
            given: An observation, (d,), or several, (m, d); of sets (k, d), or (m, k, d).
            seed: The same seed gives the same draws; None draws from torch's own random state.

        Raises:
            ArgumentError: If `given` is shaped as no simulation was.
            DataError: If it is not finite.
        """
        n, seed = check_count("n", n, 0), None if seed is None else check_seed(seed)
        array = as_array("given", given)
        observations = self.scaling.observations("given", array)
        self.scaling.warn_beyond(observations)
        draws = self._draws(n, observations, seed).reshape(len(observations), n, self.sizes.parameters)
        return draws if array.ndim > len(self.scaling.shape) else draws[0]

    def log_prob(self, parameters: Any, given: Any) -> Array:  # noqa: ANN401
        """Return log q(θ | x) in nats, (n,), in the units of the parameters; −∞ beyond their bounds.

        Args:
            parameters: (n, p).
            given: One observation for all rows, (d,), or one a row, (n, d).

        Raises:
            ArgumentError: If a shape is wrong.
            DataError: If a number is not finite.
        """
        rows = as_parameters("parameters", parameters, self.sizes.parameters)
        observations = self.scaling.observations("given", as_array("given", given))
        if len(observations) not in (1, len(rows)):
            raise ArgumentError(f"given: got {len(observations)} rows, expected 1 or {len(rows)}")
        self.scaling.warn_beyond(observations)
        u, log_slope = self.ranges.encode(rows)
        s = self.scaling.encode(observations).expand(len(rows), *self.scaling.shape)
        with torch.no_grad():
            parts = zip(torch.from_numpy(u).float().split(CHUNK), s.split(CHUNK), strict=True)
            found = [self.network.log_prob(*part) for part in parts]
        return torch.cat(found).double().numpy() + log_slope if found else log_slope

    def calibration(self, parameters: Any, simulations: Any, *, seed: int = 0) -> Calibration:  # noqa: ANN401
        """Return whether the posterior says what it knows, no more and no less, on fresh simulations.

        Args:
            parameters: (n, p), drawn from the prior, not trained on; a thousand rows are enough.
            simulations: (n, d), what was simulated with them.
            seed: Of the draws.
        """
        return calibrate(self, parameters, simulations, anchors=self.anchors, seed=seed)

    def save(self, folder: str | Path) -> Path:
        """Write model.json, model.safetensors and their checksums to a folder that holds no model."""
        return write_posterior(self, folder)

    @classmethod
    def load(cls, folder: str | Path, embedding: nn.Module | None = None) -> Self:
        """Return what `save` wrote; an embedding of your own is handed in again, and gets its weights.

        Raises:
            FileError: If the folder holds none, or a damaged one.
        """
        return cls(**read_posterior(folder, embedding))

    @property
    def values(self) -> Mapping[str, Any]:
        """What `model.json` says."""
        return {
            "kind": "posterior",
            "sizes": asdict(self.sizes),
            "shape": self.scaling.shape,
            "winner": self.winner,
            "gain": asdict(self.gain),
            "status": self.status.value,
            "message": self.message,
            "remarks": self.remarks,
        }

    def _draws(self, n: int, observations: Array, seed: int | None) -> Array:
        """Return n draws for each observation, those of one after those of another."""
        per = max(1, CHUNK // max(n, 1))
        s = self.scaling.encode(observations)
        seeds = [None] * len(s) if seed is None else _seeds(seed, len(s))
        parts = [self.network.sample(n, s[i : i + per], seeds[i]) for i in range(0, len(s), per)]
        return self.ranges.decode(torch.cat(parts).double().numpy())


def _seeds(seed: int, count: int) -> list[int]:
    return [int(word) for word in np.random.SeedSequence(seed).generate_state(count)]

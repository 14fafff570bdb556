"""What densities of tables are compared with: mixtures and kernels of scikit-learn, flows of zuko.

Each is given rows standardised by those it is fitted to, and is chosen without the holdout: mixtures by BIC,
kernel widths and the end of a training by validation rows.
"""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from harness import Missing
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import PowerTransformer
from table_data import Array, split

COUNTS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20)
FLOOR = 1e-4  # of the variances of a mixture; scikit-learn's 1e-6 loses to it on the smallest tables
WIDTHS = np.geomspace(0.05, 2.0, 25)
BATCH, RATE, STEPS, EVERY, PATIENCE = 128, 1e-3, 5000, 20, 30

Scores = Callable[[Array], Array]
Fit = Callable[[Array, Array, int], Scores]


@dataclass(frozen=True)
class Scored:
    """The mean negative log density of the holdout, standardised units, and CPU seconds of the fit."""

    nll: float
    seconds: float


def mixture(shape: str, rows: Array, validation: Array, seed: int) -> Scores:
    """Return the mixture of one shape of covariance with the number of components of lowest BIC."""
    counts = [count for count in COUNTS if 3 * count <= len(rows)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = [
            GaussianMixture(count, covariance_type=shape, reg_covar=FLOOR, random_state=seed).fit(rows)
            for count in counts
        ]
    return min(found, key=lambda one: one.bic(rows)).score_samples


def kernel(rows: Array, validation: Array, seed: int) -> Scores:
    """Return Gaussian kernels of the width best on validation rows."""
    found = [KernelDensity(bandwidth=width).fit(rows) for width in WIDTHS]
    return max(found, key=lambda one: one.score(validation)).score_samples


def flow(make: str, rows: Array, validation: Array, seed: int) -> Scores:
    """Return a flow of zuko at its default sizes, trained by Adam, with the weights best on validation."""
    model, train, held = _zuko(make, rows.shape[1], seed), *map(_single, (rows, validation))
    optimizer, best, kept, since = torch.optim.Adam(model.parameters(), RATE), np.inf, None, 0
    for step in range(STEPS + 1):
        if step % EVERY == 0:
            loss = -float(_scores(model, held).mean())
            best, kept, since = (
                (loss, copy.deepcopy(model.state_dict()), 0) if loss < best else (best, kept, since + 1)
            )
            if since > PATIENCE:
                break
        optimizer.zero_grad()
        (-model().log_prob(train[torch.randint(len(train), (BATCH,))]).mean()).backward()
        optimizer.step()
    model.load_state_dict(kept)
    return lambda x: _scores(model, _single(x))


def _zuko(make: str, features: int, seed: int) -> torch.nn.Module:
    try:
        import zuko
    except ImportError:
        raise Missing("zuko") from None
    torch.manual_seed(seed)
    return getattr(zuko.flows, make)(features)


@torch.no_grad()
def _scores(model: torch.nn.Module, x: torch.Tensor) -> Array:
    return model().log_prob(x).double().numpy()


def _single(x: Array) -> torch.Tensor:
    return torch.from_numpy(x).float()


def bent(fit: Fit, rows: Array, validation: Array, seed: int) -> Scores:
    """Return a density behind scikit-learn's Yeo-Johnson columns, in units of the rows given."""
    columns = PowerTransformer().fit(rows)
    inner = fit(columns.transform(rows), columns.transform(validation), seed)

    def scores(x: Array) -> Array:
        slope = (columns.lambdas_ - 1) * np.sign(x) * np.log1p(np.abs(x)) - np.log(columns._scaler.scale_)
        return inner(columns.transform(x)) + slope.sum(1)

    return scores


GMM: Mapping[str, Fit] = {f"GMM {shape}": partial(mixture, shape) for shape in ("full", "tied", "diag")}
SIMPLE: Mapping[str, Fit] = {**GMM, "KDE": kernel}
PEERS: Mapping[str, Fit] = {
    **SIMPLE,
    **{f"YJ {name}": partial(bent, fit) for name, fit in SIMPLE.items()},
    "zuko NSF": partial(flow, "NSF"),
    "zuko MAF": partial(flow, "MAF"),
}
CHOSEN_WITHOUT = tuple(name for name in PEERS if "GMM" in name)  # these need no validation rows


@cache
def scored(peer: str, name: str, seed: int, refit: bool = False) -> Scored:
    """Return a peer on a table; `refit` fits it to the validation rows too."""
    (rows, validation, holdout), unit = split(name, seed).standardised(refit=refit)
    began = time.process_time()
    scores = PEERS[peer](rows, validation, seed)
    seconds = time.process_time() - began
    return Scored(unit - float(scores(holdout).mean()), seconds)

"""The classical inverse problem: constants of a mixture from measured fields, and their error bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from sciml.contracts.reference import Measured
from sciml.errors import ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations
from sciml.flame.references.profile import Profile
from sciml.flame.references.whitened import Bound, WhitenedModel

METHOD = "least squares through the flame in the phase plane (scipy.optimize.least_squares)"
UNKNOWNS = ("conductivity", "Ea")
_MOST = 80  # trial mixtures; a fit that takes more is lost where the data say nothing


@dataclass(frozen=True, eq=False)
class Estimate:
    """What the observations say of the unknowns.

    Attributes:
        values: Estimates and standard errors of the unknowns and of `s_L`.
        bound: The bound at the estimates.
        chi_square: Reduced: about 1 ± √(2/freedom) where the model and the standard deviations are right.
        freedom: How many more observations there are than unknowns.
        profile: The flame of the estimates; its `scaled.mixture` has them.
        evaluations: How many flames were solved for residuals.
    """

    values: Mapping[str, Measured]
    bound: Bound
    chi_square: float
    freedom: int
    profile: Profile
    evaluations: int


def fit_mixture(observations: Observations, start: Mixture, unknowns: Sequence[str] = UNKNOWNS) -> Estimate:
    r"""Return the mixture whose flame is nearest to the observations, in units of their standard deviations.

    $\min_p\sum_i\left[(f_i(p)-o_i)/\sigma_i\right]^2$ over all fields and positions, by a trust region in
    ln p; for Gaussian errors this is the maximum-likelihood estimate.

    Args:
        observations: Fields at points, with standard deviations.
        start: The known constants, and first guesses of the unknown ones.
        unknowns: Names of the fields of `Mixture` to estimate.
    """
    model = WhitenedModel(observations, start, tuple(unknowns))
    limits = model.limits()
    fit = optimize.least_squares(
        model.residuals,
        np.clip(np.zeros(len(model.names)), *limits),
        jac=model.jacobian,
        bounds=limits,
        x_scale="jac",
        xtol=1e-10,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=_MOST,
    )
    if fit.status <= 0:
        raise ScimlError(f"least squares stopped after {fit.nfev} flames, start nearer: {fit.message}")
    profile, bound = model.flame(fit.x), model.bound(fit.x)
    estimates = {name: getattr(profile.scaled.mixture, name) for name in model.names} | {"s_L": profile.s_L}
    freedom = len(fit.fun) - len(model.names)
    return Estimate(
        values={name: Measured(float(value), bound.errors[name]) for name, value in estimates.items()},
        bound=bound,
        chi_square=float(fit.fun @ fit.fun) / freedom,
        freedom=freedom,
        profile=profile,
        evaluations=fit.nfev,
    )


def cramer_rao(mixture: Mixture, observations: Observations, unknowns: Sequence[str] = UNKNOWNS) -> Bound:
    r"""Return the Cramér–Rao bound at `mixture`.

    It is $(J^TJ)^{-1}$ with $J_{ij}=\sigma_i^{-1}\partial f_i/\partial p_j$. Of the observations only the
    positions, names of fields and standard deviations count. The error of s_L, which depends on the unknowns,
    follows from its gradient.
    """
    return WhitenedModel(observations, mixture, tuple(unknowns)).bound(np.zeros(len(unknowns)))

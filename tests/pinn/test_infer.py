"""Inference on y' = −k y, y(0) = y₀, against SciPy's curve_fit and with what data cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from scipy.optimize import curve_fit
from torch import Tensor

import sciml
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, ArgumentTypeError, DataError, ScimlError
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array, Interval
from sciml.pinn import Anchored, Evidence, Inferable, PinnRecipe, Pointwise, Sample, Scalar, anneal, infer
from sciml.pinn.inverse import Classical
from sciml.pinn.uncertainty import covariance_of

TRUE = {"k": 1.3, "y0": 2.0, "a": 1.0}


@dataclass(frozen=True)
class Data:
    """Values of y at x."""

    x: Array
    values: Mapping[str, Array]
    sigma: Mapping[str, Array]


@dataclass(frozen=True)
class Decay(Inferable):
    """y' = −a k y on [0, 2] with y(0) = y₀; only the product of a and k can be measured."""

    kind = "flame"
    freely: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def interval(self) -> Interval:
        return Interval(0.0, 2.0)

    @property
    def anchors(self) -> tuple[float, ...]:
        return (0.0,)

    @property
    def constants(self) -> Mapping[str, Scalar]:
        return {name: Scalar(value, positive=True) for name, value in {"k": 1.0, "y0": 1.0, "a": 1.0}.items()}

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        held = {name: replace(scalar, trainable=False) for name, scalar in self.constants.items()}
        return {**held, **self.freely}

    def freed(self, unknowns: Mapping[str, Scalar]) -> Decay:
        return replace(self, freely=unknowns)

    def recipe(self, quick: bool = False) -> PinnRecipe:
        return PinnRecipe(max_steps=200, hidden=(8,), points=24, loss=1e-12)

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        return {"y": (raw[:, 0] - anchored.value[:, 0, 0] + 1.0) * scalars["y0"]}

    def terms(self) -> tuple[Pointwise, ...]:
        return (Pointwise("decay", "interior", self._equation),)

    def _equation(self, at: Sample) -> Tensor:
        y, scalars = at["y"], at.scalars
        return (y.first + scalars["a"] * scalars["k"] * y.value) / scalars["y0"]

    def certify(self, fields) -> Evidence:
        residual = fields.residuals(self.interval.quadrature(48))["decay"]
        return Evidence({"k": {"residual": residual}}, "" if residual < 1e-3 else "not a solution")

    def reference(self) -> None:
        return None


def data(noise: float = 0.02, seed: int = 0, scale: float = 1.0, count: int = 12) -> Data:
    x = np.linspace(0.0, 2.0, count)
    exact = TRUE["y0"] * np.exp(-TRUE["k"] * x)
    values = exact * (1 + noise * np.random.default_rng(seed).standard_normal(count))
    return Data(x, {"y": values}, {"y": scale * noise * exact})


def fitted(measured: Data):
    found, covariance = curve_fit(
        lambda x, k, y0: y0 * np.exp(-k * x),
        measured.x,
        measured.values["y"],
        (1.0, 1.0),
        measured.sigma["y"],
        absolute_sigma=True,
    )
    return dict(zip(("k", "y0"), found, strict=True)), covariance


@pytest.fixture(scope="module")
def solution():
    return infer(Decay(), data(), ("k", "y0"))


def test_estimates_and_error_bars_are_those_of_curve_fit(solution):
    theirs, covariance = fitted(data())
    bars = dict(zip(("k", "y0"), np.sqrt(np.diag(covariance)), strict=True))
    assert solution.status is Status.CONVERGED
    for name in ("k", "y0"):
        assert abs(solution.scalars[name] - theirs[name]) <= 0.02 * bars[name]
        assert solution.stds[name] == pytest.approx(bars[name], rel=1e-3)


def test_correlation_and_chi_square_are_those_of_curve_fit(solution):
    theirs, covariance = fitted(data())
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert solution.certificates["y0"]["correlation with k"] == pytest.approx(correlation, rel=1e-3)
    misfit = (theirs["y0"] * np.exp(-theirs["k"] * data().x) - data().values["y"]) / data().sigma["y"]
    assert solution.metrics["chi_square"] == pytest.approx(float(misfit @ misfit) / 10, rel=1e-3)


def test_the_error_bar_of_a_field_is_that_of_the_estimates(solution):
    """y = y₀ e^{−kx}: dy = y (dy₀/y₀ − x dk)."""
    x = solution.samples["x"]
    np.testing.assert_allclose(solution.samples["std_y"], banded(data(), x)[1], rtol=2e-3)


def banded(measured: Data, x: Array) -> tuple[Array, Array]:
    """Return y of curve_fit's estimates, and its standard error."""
    theirs, covariance = fitted(measured)
    y = theirs["y0"] * np.exp(-theirs["k"] * x)
    slopes = np.stack([-x * y, y / theirs["y0"]], axis=1)
    return y, np.sqrt(np.einsum("ni,ij,nj->n", slopes, covariance, slopes))


@dataclass(frozen=True)
class Fitted(Decay):
    """With curve_fit as its classical fit, whose field is off by so many of its standard errors."""

    off: float = 0.0
    lucky: bool = True

    def fitted(self, measured, unknowns):
        if not self.lucky:
            raise ScimlError("no luck")
        theirs, covariance = fitted(measured)
        bars = dict(zip(("k", "y0"), np.sqrt(np.diag(covariance)).tolist(), strict=True))
        grid = self.sampling()
        y, error = banded(measured, grid.points)
        misfit = (banded(measured, measured.x)[0] - measured.values["y"]) / measured.sigma["y"]
        reference = Reference(
            scalars={name: Measured(float(value)) for name, value in theirs.items()},
            fields={"y": Sampled(grid.points, y + self.off * error, grid.weights)},
        )
        return Classical(reference, bars, float(misfit @ misfit) / (len(misfit) - 2))


@pytest.mark.parametrize(("off", "passed"), [(0.1, True), (0.3, False)])
def test_a_field_is_judged_in_units_of_its_own_error_bar(off, passed):
    found = infer(Fitted(off=off), data(), ("k", "y0"))
    check = found.compare().by_name()["y"]
    assert check.allowed > 1e-3
    assert check.strain == pytest.approx(off / 0.2, abs=0.1)
    assert found.passed is passed
    assert found.status is (Status.CONVERGED if passed else Status.STALLED)


def test_without_noise_a_field_is_judged_by_what_a_network_can_resolve():
    clean = Data(data(0.0).x, data(0.0).values, {"y": 1e-6 * data(0.0).values["y"]})
    assert infer(Fitted(), clean, ("k", "y0")).compare().by_name()["y"].allowed == 1e-4


def test_a_classical_fit_that_fails_is_remarked():
    found = infer(Fitted(lucky=False), data(), ("k", "y0"))
    assert found.remarks == ("nothing to judge by, the classical fit failed: no luck",)
    assert found.passed is None


def test_estimates_that_stand_still_end_the_training(monkeypatch):
    monkeypatch.setattr(anneal, "STEADY", -1.0)
    monkeypatch.setattr(anneal, "ROUNDING", -1.0)
    found = infer(Decay(), data(), ("k", "y0"))
    assert found.status is Status.STALLED
    assert "the estimates stand still, " in found.message
    stages = sum(stage.steps for stage in anneal.STAGES)
    assert len(found.history) <= 200 + stages + (1 + anneal.PATIENCE) * anneal.CHUNK


def test_a_problem_that_is_not_solved_is_not_settled(monkeypatch):
    monkeypatch.setattr(anneal, "UNSOLVED", -1.0)
    assert infer(Decay(), data(), ("k", "y0")).status is not Status.CONVERGED


def test_without_noise_the_constants_are_found():
    clean = Data(data(0.0).x, data(0.0).values, {"y": 1e-6 * data(0.0).values["y"]})
    found = infer(Decay(), clean, {"k": 3.0, "y0": 0.7})
    assert found.scalars["k"] == pytest.approx(TRUE["k"], rel=1e-5)
    assert found.scalars["y0"] == pytest.approx(TRUE["y0"], rel=1e-5)


def test_what_only_a_product_shows_is_said_not_to_be_identifiable():
    found = infer(Decay(), data(), ("k", "a"))
    assert "not identifiable from these data: k, a" in found.message
    assert found.certificates["a"]["identified"] is False
    assert "a" not in found.stds


def test_too_small_a_sigma_is_noticed():
    found = infer(Decay(), data(scale=0.2), ("k", "y0"))
    assert found.metrics["p_value"] < 1e-3
    assert "does not fit the data, or sigma is too small" in found.message


def test_save_and_load(solution, tmp_path):
    solution.save(tmp_path / "run")
    whole = sciml.load(tmp_path / "run", problem=solution.problem)
    x = np.linspace(0.0, 2.0, 9)
    np.testing.assert_array_equal(whole(x)["y"], solution(x)["y"])


def test_the_same_seed_gives_the_same_bits(solution):
    again = infer(Decay(), data(), ("k", "y0"))
    assert again.scalars == solution.scalars
    assert again.stds == solution.stds


def test_a_model_that_is_wrong_is_invalid(monkeypatch):
    monkeypatch.setattr(
        Decay, "certify", lambda self, fields: Evidence({}, "not a solution" * bool(self.freely))
    )
    found = infer(Decay(), data(), ("k", "y0"))
    assert found.status is Status.INVALID
    assert found.passed is False


def test_few_steps_are_no_success():
    found = infer(Decay(), data(), ("k", "y0"), max_steps=5)
    assert found.status is Status.MAX_STEPS


def test_covariance_of_a_known_jacobian():
    whitened = np.random.default_rng(0).standard_normal((9, 3))
    np.testing.assert_allclose(covariance_of(whitened), np.linalg.inv(whitened.T @ whitened), rtol=1e-12)


@pytest.mark.parametrize(
    ("unknowns", "error", "words"),
    [
        (("kk",), ArgumentError, "unknowns: got 'kk', did you mean 'k'"),
        ((), ArgumentError, "unknowns: got none, expected some of k, y0, a"),
        ({"k": -1.0}, ArgumentError, "unknowns: got k = -1.0, expected a positive first guess"),
        ("k", ArgumentTypeError, "unknowns: got 'k', expected names, or first guesses by name"),
    ],
)
def test_unknowns_are_checked(unknowns, error, words):
    with pytest.raises(error, match=words):
        infer(Decay(), data(), unknowns)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"max_seconds": -1}, ArgumentError, "max_seconds: got -1, expected a finite number above 0"),
        ({"max_seconds": "1"}, ArgumentTypeError, "max_seconds: got '1', expected a finite number"),
        ({"max_steps": -1}, ArgumentError, "max_steps: got -1, expected a whole number of at least 0"),
        ({"seed": 0.5}, ArgumentTypeError, "seed: got 0.5, expected a whole number"),
        ({"quick": 1}, ArgumentTypeError, "quick: got 1, expected True or False"),
    ],
)
def test_settings_are_checked_before_anything_is_solved(monkeypatch, settings, error, words):
    monkeypatch.setattr(Decay, "recipe", lambda *_: pytest.fail("the problem was looked at"))
    with pytest.raises(error, match=words):
        infer(Decay(), data(), ("k", "y0"), **settings)


def test_no_steps_leave_the_first_guesses():
    untrained = infer(Decay(), data(), {"k": 3.0, "y0": 0.7}, max_steps=0)
    assert untrained.status is Status.MAX_STEPS
    assert untrained.history == ()
    assert (untrained.scalars["k"], untrained.scalars["y0"]) == (3.0, 0.7)
    assert untrained.doubts == ("no step was made with the data, so that these are the first guesses",)
    assert untrained.passed is False


def test_steps_that_do_not_reach_the_data_are_doubted(solution):
    found = infer(Decay(), data(), {"k": 3.0, "y0": 0.7}, max_steps=1)
    assert len(found.history) == 1
    assert "no step was made with the data" in found.doubts[0]
    assert solution.doubts == ()


def test_data_are_checked():
    with pytest.raises(DataError, match="got 2 values, expected more than the 2 unknowns"):
        infer(Decay(), data(count=2), ("k", "y0"))
    outside = replace(data(), x=data().x + 0.5)
    with pytest.raises(DataError, match=r"got x = 2.13636, expected positions from 0 to 2"):
        infer(Decay(), outside, ("k", "y0"))


def test_rows_of_data_are_whitened():
    """A row of data is (y − o)/(s σ), whatever the weight of the problem."""
    from sciml.pinn.inverse import Observed
    from sciml.pinn.system import ResidualSystem

    problem, measured = Decay(), data()
    network = problem.network(problem.recipe(), 0)
    form = Observed(problem, measured, softness=4.0, weight=3.0)
    system = ResidualSystem(form, network, problem.interval.quadrature(5))
    rows = system(torch.cat([part.detach().flatten() for layer in network.layers for part in layer]))
    anchor, inside = (
        network.jet(problem.inputs()(Jet(x, torch.ones_like(x), torch.zeros_like(x)))).value
        for x in (torch.zeros(1, dtype=torch.float64), torch.from_numpy(measured.x))
    )
    y = (inside - anchor)[:, 0].detach().numpy() + 1.0
    expected = (y - measured.values["y"]) / (4.0 * measured.sigma["y"])
    np.testing.assert_allclose(rows[5:].detach().numpy(), expected, rtol=1e-12)

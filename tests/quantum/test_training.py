"""Training with E and the normalization: from a random start, and after Rayleigh-Ritz."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sciml import Status, solve
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.quantum import Well, references
from sciml.quantum.doublets import merged, turned
from sciml.quantum.start import ritz_start

from .wells import BUNDLED, bundled


@pytest.fixture
def no_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any use of a reference an error."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a reference was used")

    for owner, name in [(Well, "reference"), *((type(bundled(n)), "reference") for n in BUNDLED)]:
        monkeypatch.setattr(owner, name, refuse)
    for name in ("spectral_elements", "transfer_matrix", "finite_differences"):
        monkeypatch.setattr(references, name, refuse)


@pytest.mark.parametrize("name", BUNDLED)
def test_random_start_finds_the_ground_state(name: str) -> None:
    solution = solve(bundled(name), start="random", seed=1)
    (check,) = solution.compare().scalars
    found = solution.certificates["E0"]
    assert check.error <= 1e-6
    assert abs(found["trained"] / found["rayleigh"] - 1) <= 1e-4
    assert found["nodes"] == 0
    assert solution.status is Status.CONVERGED


@pytest.mark.usefixtures("no_reference")
@pytest.mark.parametrize("start", ["random", "ritz"])
def test_no_reference_is_used_to_solve(start: str) -> None:
    answer = bundled("finite-well").run(Settings(start=start), Monitor())
    assert answer.scalars["E0"] == pytest.approx(1.6394801885459707, rel=1e-6)


def test_random_start_reaches_excited_states_one_above_the_other() -> None:
    solution = solve(bundled("harmonic", states=3), start="random")
    assert [solution.certificates[f"E{n}"]["nodes"] for n in range(3)] == [0, 1, 2]
    assert solution.compare().passed


def test_fixed_energy_seeks_psi_alone() -> None:
    solution = solve(bundled("infinite-well", fixed_energy=True))
    assert solution.start == "random"
    assert solution.certificates["E0"]["trained"] == np.pi**2
    assert solution.compare().passed


@pytest.mark.parametrize("name", BUNDLED)
def test_training_never_makes_a_state_worse(name: str) -> None:
    well = bundled(name, states=2)
    before, after = solve(well, max_steps=0), solve(well, max_steps=3)
    assert len(after.history) > 0
    for energy, reference in well.reference().scalars.items():
        worst = max(abs(before.scalars[energy] - reference.value), 1e-11 * reference.value)
        assert abs(after.scalars[energy] - reference.value) <= worst
        first, last = before.certificates[energy], after.certificates[energy]
        assert last["residual_bound"] <= first["residual_bound"]
        assert last["trained"] == pytest.approx(reference.value, rel=1e-9)


def test_a_lower_residual_that_moves_psi_away_is_not_kept() -> None:
    from sciml.pinn.methods import solver
    from sciml.quantum.solve import _improved
    from sciml.quantum.start import ritz_start
    from sciml.quantum.state import BoundState
    from sciml.quantum.train import StateTrainer

    well = bundled("barrier", states=3)
    started = ritz_start(well, well.recipe(), 0)
    trainer = StateTrainer(started.meter.coarse, solver("lm"), 6, Monitor())
    state, lower = started.states[2], list(started.states[:2])
    problem = BoundState(well, 2, state.trained, tuple(other.network for other in lower))
    moved = started.meter.state(*trainer.train(problem, state.network)).certificate
    assert moved.residual_bound < state.certificate.residual_bound
    assert moved.rayleigh > state.certificate.rayleigh
    assert _improved(well, trainer, started.meter, lower, 2, state).network is state.network


def test_training_repairs_a_spoiled_state() -> None:
    from sciml.pinn.methods import solver
    from sciml.quantum.solve import _improved
    from sciml.quantum.start import ritz_start
    from sciml.quantum.train import StateTrainer

    well = bundled("finite-well")
    started = ritz_start(well, well.recipe(), 0)
    network = started.states[0].network
    with torch.no_grad():
        network.weights[0].mul_(1.0 + 1e-5)
    spoiled = started.meter.state(network, started.states[0].trained)
    trainer = StateTrainer(started.meter.coarse, solver("lm"), 10, Monitor())
    mended = _improved(well, trainer, started.meter, [], 0, spoiled)
    assert mended.certificate.residual_bound < 0.1 * spoiled.certificate.residual_bound
    assert mended.network is not network


@pytest.mark.parametrize("method", ["broyden", "bfgs", "lbfgs", "adam"])
def test_other_optimizers_lower_the_loss(method: str) -> None:
    solution = solve(bundled("infinite-well"), start="random", method=method, max_steps=40)
    losses = [row["loss"] for row in solution.history]
    assert min(losses) < 0.5 * losses[0]


def test_psi_is_zero_at_the_ends_normalised_and_rises_at_the_left() -> None:
    solution = solve(bundled("barrier", states=4), max_steps=0)
    ends = solution(np.array([-1.0, 1.0]))
    near = solution(np.array([-1.0 + 1e-6]))
    jets = solution.jet(torch.tensor([0.1], dtype=torch.float64))
    for n in range(4):
        assert np.abs(ends[f"psi{n}"]).max() == 0.0
        assert near[f"psi{n}"] > 0
        norm = solution.samples["weights"] @ solution.samples[f"psi{n}"] ** 2
        assert norm == pytest.approx(1.0, abs=1e-9)
        excess = 20.0 - solution.scalars[f"E{n}"]
        assert float(jets[f"psi{n}"].second.detach()) == pytest.approx(
            excess * float(jets[f"psi{n}"].value.detach()), abs=1e-2
        )


def test_training_that_cannot_lower_an_error_is_skipped_and_said_so() -> None:
    plain = solve(bundled("finite-well", states=2))
    assert len(plain.history) == 0
    assert any("not trained" in remark for remark in plain.remarks)
    assert plain.passed
    asked = solve(bundled("finite-well", states=2), max_steps=2)
    assert len(asked.history) > 0
    assert asked.remarks == ()


def test_states_mixed_by_a_doublet_are_turned_apart() -> None:
    started = ritz_start(well := bundled("double-well", states=2), well.recipe(), 0)
    first, second = (state.network for state in started.states)
    mixed = tuple(
        started.meter.state(merged([first, second], np.array(row)), 2.358)
        for row in ([0.8, 0.6], [0.6, -0.8])
    )
    assert mixed[0].certificate.rayleigh - started.states[0].certificate.rayleigh > 1e-4
    for new, old in zip(turned(started.meter, mixed), started.states, strict=True):
        assert new.certificate.rayleigh == pytest.approx(old.certificate.rayleigh, rel=1e-12)
        assert new.certificate.nodes == old.certificate.nodes


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_random_start_solves_a_doublet_as_a_pair(seed: int) -> None:
    solution = solve(bundled("double-well", states=2), start="random", seed=seed)
    assert solution.passed
    assert solution.status is Status.CONVERGED


def test_a_random_start_of_no_step_does_not_pass() -> None:
    solution = solve(bundled("infinite-well"), start="random", max_steps=0)
    assert solution.passed is False
    assert any("no step was made" in doubt for doubt in solution.doubts)

"""model=auto: the best on validation wins, ties go to the simpler, and the same seed gives the same bits."""

import numpy as np
import pytest

import sciml
from sciml.contracts.monitor import Monitor
from sciml.operators import DataOperator
from sciml.operators import contest as contests
from sciml.operators.contest import Entry, Following, _beaten, _ranked

X = np.arange(32) / 32


def entry(name, errors):
    return Entry(name, np.asarray(errors, dtype=float), 10, 1.0)


def test_ties_go_to_the_simpler_and_better_ones_win():
    noise = np.random.default_rng(0).normal(size=50)
    same = entry("galerkin", 1.0 + 0.01 * noise - 1e-4), entry("spectral", 1.0 - 0.01 * noise)
    assert _ranked(same) == ["spectral", "galerkin"]
    assert not _beaten(same[1], same[0])
    better = entry("deeponet", np.full(50, 2.0)), entry("galerkin", 1.0 + 0.01 * noise)
    assert _ranked([*better, same[1]]) == ["spectral", "galerkin", "deeponet"]
    assert _ranked([better[0], entry("galerkin", 0.9 + 0.01 * noise), same[1]])[0] == "galerkin"


def written(path, image, count=100):
    a = np.random.default_rng(1).normal(size=(2, count, 3)) / np.arange(1, 4)
    k = 2 * np.pi * np.outer(np.arange(1, 4), X)
    u = a[0] @ np.cos(k) + a[1] @ np.sin(k)
    np.savez(path, inputs=u, outputs=image(u), positions=X)
    return DataOperator(str(path), boundary="periodic", shifts=True)


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """A map that no regression knows."""
    problem = written(tmp_path_factory.mktemp("auto") / "own.npz", lambda u: u**2)
    return problem, sciml.solve(problem, max_steps=64, seed=2)


@pytest.mark.slow
def test_a_network_wins_where_the_map_is_not_linear(squares):
    _, solution = squares
    rows = {name[5:]: row for name, row in solution.certificates.items() if name.startswith("auto ")}
    assert set(rows) == {"ridge", "fno", "spectral", "galerkin", "deeponet"}
    winner = solution.certificates["auto"]["won"]
    assert winner != "ridge"
    assert rows[winner]["steps"] == 64
    assert sorted(row["steps"] for row in rows.values()) == [0, 8, 8, 16, 64]
    assert f"auto: {winner} won on validation" in solution.message
    assert next(iter(solution.certificates)) == winner
    assert solution.metrics["error"] < 0.5 * solution.metrics["ridge_error"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits(squares):
    problem, solution = squares
    again = sciml.solve(problem, max_steps=64, seed=2)
    assert again.metrics == solution.metrics


def test_regression_wins_at_once_where_it_is_far_ahead(tmp_path, monkeypatch):
    trained, network = [], contests.network
    monkeypatch.setattr(contests, "network", lambda *a: trained.append(a[1]) or network(*a))
    solution = sciml.solve(written(tmp_path / "own.npz", lambda u: 2 * u + 1), max_steps=8)
    assert solution.certificates["auto"]["won"] == "ridge"
    assert solution.status.value == "converged"
    assert solution.metrics["error"] < 1e-12
    assert len(trained) == 4
    assert solution.passed


def test_a_round_stops_when_the_run_is_stopped():
    run = Monitor()
    assert not Following(parent=run).stop
    run.interrupted = True
    assert Following(parent=run).stop

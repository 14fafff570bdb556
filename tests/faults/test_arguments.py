"""Faults 1, 2, 29: what sciml.solve and sciml.load_problem refuse, and how they say so."""

import pytest
import torch

import sciml

BAD = [
    ("seed", -1, ValueError),
    ("seed", 2**63, ValueError),
    ("seed", True, TypeError),
    ("seed", 1.0, TypeError),
    ("seed", "1", TypeError),
    ("max_steps", -1, ValueError),
    ("max_steps", -5, ValueError),
    ("max_steps", True, TypeError),
    ("max_steps", 2.0, TypeError),
    ("max_seconds", 0, ValueError),
    ("max_seconds", -1.0, ValueError),
    ("max_seconds", float("nan"), ValueError),
    ("max_seconds", float("inf"), ValueError),
    ("max_seconds", True, TypeError),
    ("max_seconds", "10", TypeError),
    ("start", "nea", ValueError),
    ("start", 3, TypeError),
    ("method", "lbfgs", ValueError),
    ("dtype", "float16", ValueError),
    ("dtype", torch.int64, ValueError),
    ("dtype", 64, TypeError),
    ("device", "gpu", ValueError),
    ("device", "cpu:7", ValueError),
    ("device", 0, TypeError),
    ("quick", 1, TypeError),
    ("progress", "bar", TypeError),
    ("out", 3, TypeError),
    ("out", "", TypeError),
    ("overwrite", True, ValueError),
    ("resume", True, ValueError),
]


@pytest.mark.parametrize(("name", "value", "kind"), BAD, ids=lambda item: str(item)[:20])
def test_a_bad_argument_is_named(toy, name, value, kind):
    with pytest.raises(kind, match=name) as error:
        sciml.solve(toy(), **{name: value})
    assert isinstance(error.value, sciml.ScimlError)
    assert error.value.exit_code == 2
    assert "\n" not in str(error.value)


def test_nearest_start_is_offered(toy):
    with pytest.raises(sciml.ArgumentError, match="did you mean 'near'"):
        sciml.solve(toy(), start="nea")


def test_what_is_no_problem_is_refused():
    with pytest.raises(TypeError, match="load_problem"):
        sciml.solve("finite-well")


def test_overwrite_and_resume_exclude_each_other(toy, tmp_path):
    with pytest.raises(ValueError, match="both"):
        sciml.solve(toy(), out=tmp_path / "run", overwrite=True, resume=True)


def test_cuda_absent_is_one_line(refused, toy_file, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    line = refused(2, "solve", toy_file, "--device", "cuda", "--out", tmp_path / "run")
    assert "use 'cpu'" in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("dtype", ["float32", torch.float32])
def test_dtype_by_name_or_value(toy, dtype):
    from sciml.solving.settings import settings_for

    assert settings_for(toy(), dtype=dtype).dtype is torch.float32


def test_settings_reach_the_problem(toy, monkeypatch):
    problem = toy()
    seen = {}
    run = type(problem).run
    monkeypatch.setattr(
        type(problem),
        "run",
        lambda self, settings, monitor: seen.update(s=settings, m=monitor) or run(self, settings, monitor),
    )
    sciml.solve(problem, seed=5, start="far", method="descent", max_steps=7, max_seconds=9.0, quick=True)
    settings = seen["s"]
    assert (settings.seed, settings.start, settings.method, settings.max_steps) == (5, "far", "descent", 7)
    assert (settings.quick, seen["m"].max_seconds) == (True, 9.0)


@pytest.mark.parametrize(
    ("parameters", "kind", "words"),
    [
        ({"targe": 1.0}, ValueError, "did you mean 'target'"),
        ({"target": -1.0}, ValueError, "'target': got -1.0"),
        ({"target": float("nan")}, ValueError, "'target'"),
        ({"target": float("inf")}, ValueError, "'target'"),
        ({"target": True}, TypeError, "'target'"),
        ({"ending": 1.0}, TypeError, "'ending'"),
        ({"ending": True}, TypeError, "'ending'"),
        ({"judged": 1}, TypeError, "'judged'"),
    ],
)
def test_bad_parameters_are_named(toy, parameters, kind, words):
    with pytest.raises(kind, match=words) as error:
        toy(**parameters)
    assert isinstance(error.value, sciml.ScimlError)


def test_the_same_seed_gives_the_same_bits_and_leaves_the_generator_alone(toy):
    """Fault 41."""
    state = torch.get_rng_state()
    first, second, other = (sciml.solve(toy(), seed=seed, max_steps=3) for seed in (1, 1, 2))
    assert first.scalars == second.scalars
    assert torch.equal(first.fields.tensors["root"], second.fields.tensors["root"])
    assert first.scalars != other.scalars
    assert torch.equal(state, torch.get_rng_state())

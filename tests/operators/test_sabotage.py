"""Small wrongs done on purpose to a solve: each is seen, or errs by as little as docs/operators.md says."""

import numpy as np
import pytest

import sciml
from sciml.operators import judge as judging
from sciml.operators.data import Heat
from sciml.operators.frames.mean_free import MeanFree
from sciml.operators.models.ridge import Ridge

ON_GRID, EVALUATE, FIT, AS_FIELD = Heat.on_grid, Ridge.evaluate, Ridge.fit, judging.as_field


def stale(data, dtype, device):
    """Outputs of the sample before as reference."""
    field, outputs = AS_FIELD(data, dtype, device)
    return field, outputs.roll(1, 0)


WRONGS = {
    "swapped sign": (Ridge, "evaluate", lambda self, field: -EVALUATE(self, field)),
    "moved by a point": (Ridge, "evaluate", lambda self, field: EVALUATE(self, field).roll(1, 1)),
    "scaled by 1.05": (Ridge, "evaluate", lambda self, field: 1.05 * EVALUATE(self, field)),
    "dropped mean": (MeanFree, "outward", lambda self, values, field, query=None: values),
    "stale reference": (judging, "as_field", stale),
    "labels on other points": (
        Heat,
        "on_grid",
        lambda self, inputs, n: self.image(inputs).at(np.arange(n) / (n - 1)),
    ),
    "constant off by 1e-5": (
        Heat,
        "on_grid",
        lambda self, inputs, n: ON_GRID(Heat(self.nu * (1 + 1e-5), self.time), inputs, n),
    ),
    "labels off by 1e-5": (Heat, "on_grid", lambda self, inputs, n: (1 + 1e-5) * ON_GRID(self, inputs, n)),
    "trained on outputs of others": (
        Ridge,
        "fit",
        lambda self, field, outputs: FIT(self, field, outputs.roll(1, 0)),
    ),
}


def solved():
    return sciml.solve(sciml.load_problem("heat-operator", samples=128), quick=True)


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_wrong_does_not_pass(wrong, monkeypatch):
    monkeypatch.setattr(*WRONGS[wrong])
    solution = solved()
    assert solution.passed is False
    assert solution.message.startswith("not to be trusted: ")


def test_what_is_wrong_by_less_than_the_tolerance_is_printed(monkeypatch):
    """Weights, or a scale, off by 1e-5 pass: the tolerance is 1e-2 here, and the error says how much."""
    monkeypatch.setattr(Ridge, "evaluate", lambda self, field: (1 + 1e-5) * EVALUATE(self, field))
    solution = solved()
    assert solution.passed
    assert 1e-7 < solution.metrics["error"] < 2e-5

"""What is measured on a learned operator, beside ridge regression and the exact method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sciml.contracts.checks import Check
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.judge import MEAN, PERSISTENCE, GridErrors, as_field, judge, predict
from sciml.operators.learning import Learned
from sciml.operators.precision import exact_matmul
from sciml.operators.skill import EXACT, Skill

SHOWN = 3  # test samples kept for pictures


@dataclass(frozen=True)
class OperatorScores:
    """A model and a ridge regression judged on the same test samples, on one grid after another.

    Attributes:
        factors: Refinement of each grid against that of the training.
        model: Name of the model.
        learned: The model.
        ridge: The regression; where it is the model, the same.
        ours: How the model did, one entry a grid.
        beside: How the regression did.
    """

    factors: tuple[int, ...]
    model: str
    learned: Learned
    ridge: Learned
    ours: Sequence[GridErrors]
    beside: Sequence[GridErrors]

    @property
    def names(self) -> list[str]:
        """The metrics of the errors on each grid: error, error_2n and so on."""
        return ["error" if factor == 1 else f"error_{factor}n" for factor in self.factors]

    @property
    def metrics(self) -> dict[str, float]:
        """The errors on each grid, their growth to the finest, those of ridge regression, and the skill.

        Of several output channels that of each, error_channel0 and so on, on the finest grid.
        """
        errors = {name: one.error for name, one in zip(self.names, self.ours, strict=True)}
        first, last = self.ours[0].error, self.ours[-1].error
        ends = (0, -1) if len(self.factors) > 1 else (0,)
        growth = {"growth": last / first - 1 if first > 0 else 0.0} if len(self.factors) > 1 else {}
        ridge = {f"ridge_{self.names[end]}": self.beside[end].error for end in ends}
        largest = {"largest_error": float(self.ours[-1].errors.max())}
        return {**errors, **self.of_channels, **largest, **growth, **ridge, **self.beside_trivial}

    @property
    def of_channels(self) -> dict[str, float]:
        """The error of each output channel on the finest grid, where there are several."""
        channels = self.ours[-1].channels
        return {f"error_channel{c}": error for c, error in enumerate(channels)} if len(channels) > 1 else {}

    @property
    def skill(self) -> Skill:
        """What the model is worth beside the trivial predictions, where it is worth least."""
        return min((one.skill for one in self.ours), key=lambda skill: skill.value - skill.least)

    @property
    def beside_trivial(self) -> dict[str, float]:
        """The skill with what it must reach, and the errors of the trivial predictions on the finest grid."""
        names = {MEAN: "mean_output_error", PERSISTENCE: "persistence_error"}
        errors = {names[name]: error for name, error in self.ours[-1].trivial.items()}
        fluctuation = {"fluctuation_error": max(one.fluctuation for one in self.ours)}
        return {**fluctuation, **errors, "skill": self.skill.value, "least_skill": self.skill.least}

    @property
    def verdict(self) -> str:
        """In words whether the network was worth training."""
        error, rival, skill = self.ours[-1].error, self.beside[-1].error, self.skill
        if not skill.proven:
            channel = f" in output channel {skill.channel}" if len(self.ours[-1].channels) > 1 else ""
            return (
                f"the {self.model} model is no better than {skill.rival}{channel} (skill {skill.value:.2g} ± "
                f"{skill.error:.1g}): there is nothing that it learned"
            )
        if self.learned is self.ridge:
            return f"ridge regression, error {error:.1e}"
        if error > rival:
            return (
                f"the {self.model} network loses to ridge regression ({error:.1e} against {rival:.1e} "
                f"on {self.ours[-1].points} points); use --set model=ridge"
            )
        return f"the {self.model} network beats ridge regression ({error:.1e} against {rival:.1e})"

    @property
    def certificates(self) -> dict[str, dict[str, Any]]:
        """Error and CPU time of the model and of the ridge regression, on the finest grid."""
        return {
            self.model: _row(self.ours[-1], self.learned),
            self.ridge.fields.made_of.model.name: _row(self.beside[-1], self.ridge),
        }

    @property
    def curves(self) -> dict[str, dict[str, list[float]]]:
        """The errors against the points of the grid."""
        pairs = {"points": [float(one.points) for one in self.ours]}
        errors = {"error": self.ours, "ridge": self.beside}
        return {"resolution": pairs | {name: [one.error for one in each] for name, each in errors.items()}}

    @property
    def stats(self) -> dict[str, float]:
        """Steps, sizes and CPU time of the training."""
        trained = self.learned.trained
        return {
            "steps": trained.steps,
            "best_step": trained.best_step,
            "parameters": sum(p.numel() for p in self.learned.fields.operator.parameters()),
            "training_cpu_s": self.learned.seconds,
        }


def skill_check(metrics: Mapping[str, float]) -> tuple[Check, ...]:
    """Return the check that a model is better than the trivial predictions; none of runs before there was."""
    if "skill" not in metrics:
        return ()
    least = metrics["least_skill"]
    return (Check("skill", metrics["skill"], max(least, EXACT), 0.0, 0.0, better="higher"),)


def measured(
    model: str,
    learned: Learned,
    ridge: Learned,
    tests: Mapping[int, OperatorData],
    device: str,
    mean: Array | None = None,
) -> OperatorScores:
    """Return what a model and a ridge regression are worth on test samples, given for each refinement.

    `mean` is the mean output of the training where that is known on the tests' grid.
    """
    with exact_matmul(device):
        ours = [judge(learned.fields, data, mean) for data in tests.values()]
    beside = ours if learned is ridge else [judge(ridge.fields, data, mean) for data in tests.values()]
    return OperatorScores(tuple(tests), model, learned, ridge, ours, beside)


def shown(learned: Learned, data: OperatorData, x: Array) -> dict[str, Array]:
    """Return a few test samples, of each the first channel: input, prediction and reference at x."""
    few, fields = data.take(slice(SHOWN)), learned.fields
    field, _ = as_field(few, fields.dtype, fields.device)
    outputs = predict(fields.operator, field)[..., 0].cpu().double().numpy()
    columns: dict[str, Array] = {"x": x}
    for i in range(len(few)):
        columns[f"input{i}"] = few.inputs[i, :, 0]
        columns[f"output{i}"] = outputs[i]
        columns[f"output{i}_reference"] = few.outputs[i, :, 0]
    return columns


def _row(judged: GridErrors, learned: Learned) -> dict[str, Any]:
    return {
        "error": judged.error,
        "training_cpu_s": learned.seconds,
        "cpu_s_a_sample": judged.seconds,
        "points": judged.points,
    }

"""Every operator model says all about itself: its sizes, its least parameters, what it is built from."""

import json
from dataclasses import MISSING, dataclass, fields, replace
from typing import ClassVar

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators.models.spec import ModelSpec
from sciml.operators.spec import CHOICES, LISTED, MODELS, TRAINED, OperatorSpec
from sciml.runs.described import picked, registered

SMALL = {"width": 8, "layers": 2, "modes": 6, "heads": 2, "before": 1, "decoder": 1, "terms": 7}
SMALL |= {"samples": 5, "output_modes": 4}
HUGE = 10**15


def spec_of(name, **sizes):
    return OperatorSpec(picked(MODELS[name], {**SMALL, **sizes}))


def numbers(state):
    """How many real numbers a state is saved as."""
    return sum(x.numel() * (2 if x.is_complex() else 1) for x in state.values())


SIZES = [
    pytest.param(name, item.name, id=f"{name}-{item.name}")
    for name, kind in MODELS.items()
    for item in fields(kind)
    if not isinstance(item.default, bool)
]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_rebuilt_from_plain_values(name):
    spec = spec_of(name)
    values = json.loads(json.dumps(spec.values))
    saved = spec.build(seed=3).state_dict()
    again = OperatorSpec.from_values(values, numbers(saved))
    assert again == spec
    assert {key: x.shape for key, x in again.build().state_dict().items()} == {
        key: x.shape for key, x in saved.items()
    }


@pytest.mark.parametrize("name", MODELS)
def test_every_size_is_a_size_of_the_model(name):
    """A size that `build` forgets would change nothing."""
    for item in fields(MODELS[name]):
        first = spec_of(name)
        value = getattr(first.model, item.name)
        other = not value if isinstance(value, bool) else 2 * value
        second = replace(first, model=replace(first.model, **{item.name: other}))
        assert str(first.build()) != str(second.build()) or [
            x.shape for x in first.build().state_dict().values()
        ] != [x.shape for x in second.build().state_dict().values()], item.name


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_the_least_parameters_know_every_size(name, size):
    """They are fewer than there are, and of the same order, however a size grows."""
    for value in (SMALL[size], (4 if size in ("width", "heads") else 16) * SMALL[size]):
        spec = spec_of(name, **{size: value})
        there, least = numbers(spec.build().operator.state_dict()), spec.model.least_parameters(spec)
        assert least <= there <= 4 * least, (value, least, there)


@pytest.mark.parametrize(("name", "size"), SIZES)
def test_a_huge_size_is_refused_before_anything_is_built(name, size):
    spec = spec_of(name)
    with pytest.raises(ArgumentError, match=rf"at least \d+ parameters|{size}: got {HUGE}"):
        OperatorSpec.from_values({**spec.values, size: HUGE}, numbers(spec.build().state_dict()))


@pytest.mark.parametrize(("name", "size"), SIZES)
@pytest.mark.parametrize("value", [True, "8", 2.0, -1, None])
def test_sizes_are_whole_numbers(name, size, value):
    spec = spec_of(name)
    with pytest.raises((ArgumentError, ArgumentTypeError), match=f"{size}: got .*, expected a whole number"):
        OperatorSpec.from_values({**spec.values, size: value}, HUGE)


def test_sizes_of_other_models_are_passed_over():
    """Descriptions of before hold the sizes of all models for each."""
    before = {item.name: item.default for kind in MODELS.values() for item in fields(kind)}
    for name in MODELS:
        spec = spec_of(name)
        assert OperatorSpec.from_values({**before, **spec.values}, HUGE) == spec
    with pytest.raises(ArgumentError, match="wdth: unknown; did you mean 'width'"):
        OperatorSpec.from_values({**spec.values, "wdth": 3}, HUGE)


def test_those_that_can_be_asked_for_are_listed():
    assert tuple(name for name in CHOICES if name != "ridge") == TRAINED
    assert all(name in LISTED for name in CHOICES)


class Whole(ModelSpec):
    """A model that says all about itself, but for what a test takes away."""

    name: ClassVar[str] = "whole"

    def build(self, maps):
        return torch.nn.Identity()

    def least_parameters(self, maps):
        return 0


def test_a_model_that_leaves_the_guard_or_its_name_out_is_not_registered():
    class Unguarded(Whole):
        least_parameters = ModelSpec.least_parameters

    class Unnamed(Whole):
        name = None

    @dataclass(frozen=True)
    class Sized(Whole):
        width: int

    @dataclass(frozen=True)
    class Taken(Whole):
        frame: int = 1

    assert registered(Whole) == {"whole": Whole}
    assert fields(Sized)[0].default is MISSING
    for kind, line in (
        (Unguarded, "Unguarded: has no least_parameters"),
        (Unnamed, "Unnamed: has no name"),
        (Sized, r"Sized.width: needs a default"),
        (Taken, r"Taken.frame: .* a name of its own"),
    ):
        with pytest.raises(TypeError, match=line):
            registered(kind, reserved={"frame"})
    with pytest.raises(TypeError, match="two kinds have one name"):
        registered(Whole, Whole)


def test_a_size_that_the_guard_forgot_is_still_bounded_by_what_was_saved():
    @dataclass(frozen=True)
    class Forgetful(Whole):
        width: int = 1

    Forgetful(10).check(OperatorSpec(), 10)
    with pytest.raises(ArgumentError, match="width: got 11, expected a whole number from 0 to 10"):
        Forgetful(11).check(OperatorSpec(), 10)


def test_an_fno_has_as_many_spectral_layers_as_a_galerkin_transformer_has_layers():
    sizes = {"before": 3, "layers": 2, "decoder": 4}
    assert MODELS["fno"].sized(sizes).layers == 9


@pytest.mark.parametrize("reflect", [True, False])
def test_a_regression_with_a_kernel_knows_the_reflection_and_networks_are_averaged(reflect):
    for name, kind in MODELS.items():
        framed = replace(spec_of(name), reflect=reflect).build()
        assert framed.reflect == (reflect and not kind.solved)
    assert replace(spec_of("kernel-ridge"), reflect=reflect).build().operator.reflect == reflect

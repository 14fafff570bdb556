"""Every kind of flow that a recipe can name is built, trained a step, and rebuilt from plain values."""

import json
from dataclasses import replace
from itertools import product

import pytest
import torch

from sciml.errors import ArgumentError, FileError
from sciml.flows import GaussianMixture, StandardNormal, StudentT, Whitening, densities
from sciml.flows.fields import FlowFields, rebuild
from sciml.flows.recipe import FlowRecipe
from sciml.flows.spec import BASES, KINDS, TRANSFORMS, FlowSpec

F64 = torch.float64
CHOICES = list(
    product(
        KINDS,
        TRANSFORMS,
        BASES,
        ("nothing", "standardize", "whiten"),
    )
)
DATA = densities.Banana().sample(300, 0)


def spec(kind="coupling", transform="spline", base="normal", prepare="nothing"):
    recipe = FlowRecipe(
        kind=kind, transform=transform, base=base, prepare=prepare, layers=2, hidden=(8,), components=3
    )
    return recipe.spec(2, F64)


@pytest.mark.parametrize("choice", CHOICES, ids="-".join)
def test_a_flow_is_rebuilt_from_plain_values(choice):
    made_of = spec(*choice)
    flow = made_of.build(3, DATA)
    x = torch.from_numpy(DATA)
    optimizer = torch.optim.Adam(flow.parameters(), lr=1e-2)
    (-flow.log_prob(x).mean()).backward()
    optimizer.step()
    fields = FlowFields(made_of, flow)
    again = rebuild(json.loads(json.dumps(fields.spec)), fields.tensors)
    assert again.made_of == made_of
    assert torch.equal(again.flow.log_prob(x), flow.log_prob(x))


def test_parts_are_those_that_were_named():
    flow = spec("autoregressive", "affine", "student-t", "whiten").build(0, DATA)
    first = flow.transform.transforms[0]
    assert isinstance(first, Whitening)
    assert isinstance(flow.base, StudentT)
    z = first.forward_and_log_det(torch.from_numpy(DATA))[0]
    torch.testing.assert_close(z.std(0, correction=0), torch.ones(2, dtype=F64), rtol=0, atol=0.05)
    assert isinstance(spec().build().base, StandardNormal)


def test_a_mixture_begins_where_the_data_are():
    far = spec(base="mixture").build(0, DATA + 100.0)
    assert isinstance(far.base, GaussianMixture)
    assert far.log_prob(torch.from_numpy(DATA + 100.0)).mean() > -6


def test_descriptions_of_before_are_read():
    old = {"features": 2, "layers": 2, "hidden": [8], "bins": 8, "bound": 5.0, "dtype": "float64"}
    flow = spec().build(1)
    again = rebuild({"kind": "coupling_flow", **old}, flow.state_dict())
    x = torch.from_numpy(DATA)
    assert torch.equal(again.flow.log_prob(x), flow.log_prob(x))


@pytest.mark.parametrize("name", ["kind", "transform", "base", "prepare"])
def test_unknown_names_are_refused_with_those_known(name):
    with pytest.raises(ArgumentError, match=rf"{name}: got 'none', expected one of "):
        spec(**{name: "none"}).build()


def test_unknown_dtypes_are_refused():
    with pytest.raises(ArgumentError, match="dtype: got 'int8', expected one of float32, float64"):
        FlowSpec(2, 2, (8,), 8, 5.0, "int8").build()


def numbers(made_of):
    return sum(x.numel() for x in made_of.build().state_dict().values())


@pytest.mark.parametrize("features", [1, 2, 7])
@pytest.mark.parametrize("choice", CHOICES, ids="-".join)
def test_the_least_parameters_know_every_size(choice, features):
    """They are fewer than there are, and of the same order, however a size grows."""
    first = replace(spec(*choice), features=features)
    grown = [{"layers": 8}, {"hidden": (32, 16)}, {"hidden": ()}, {"bins": 32}, {"components": 12}]
    for sizes in ({}, *grown):
        made_of = replace(first, **sizes)
        least, there = made_of.least_parameters(), numbers(made_of)
        assert least <= there <= 8 * least, (sizes, least, there)


@pytest.mark.parametrize(
    "change", [{"features": 10**9}, {"layers": 10**9}, {"hidden": [10**9]}, {"components": 10**9}]
)
def test_a_huge_size_is_refused_before_anything_is_built(change):
    made_of = spec(base="mixture")
    fields = FlowFields(made_of, made_of.build())
    with pytest.raises(FileError, match=r"it has at least \d+ parameters, but \d+ were saved"):
        rebuild({**fields.spec, **change}, fields.tensors)


@pytest.mark.parametrize("value", [True, "8", 2.5, 0, None])
@pytest.mark.parametrize("name", ["features", "layers", "hidden"])
def test_sizes_are_whole_numbers(name, value):
    fields = FlowFields(spec(), spec().build())
    change = {name: [value] if name == "hidden" else value}
    with pytest.raises(FileError, match=f"{name}: got .*, expected a whole number"):
        rebuild({**fields.spec, **change}, fields.tensors)


def test_a_flow_of_one_feature_is_rebuilt():
    """Its maps have no network: they depend on nothing."""
    made_of = replace(spec(), features=1, hidden=(32, 32))
    flow = made_of.build(0)
    x = torch.linspace(-2, 2, 5, dtype=F64)[:, None]
    assert torch.equal(
        rebuild(FlowFields(made_of, flow).spec, flow.state_dict()).flow.log_prob(x), flow.log_prob(x)
    )


def test_a_whitening_of_many_columns_counts():
    made_of = replace(spec(prepare="whiten"), features=10**4, hidden=(1,), layers=1)
    assert made_of.least_parameters() >= 10**8

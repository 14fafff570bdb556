"""Saved descriptions: whatever is wrong with one is a FileError, and names a size before memory is taken."""

import zipfile
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from sciml.errors import ArgumentError, ArgumentTypeError, FileError
from sciml.runs.described import (
    DTYPES,
    check_saved,
    describing,
    dtype_named,
    name_of,
    numbers_in,
    picked,
    read_tensors,
)


@pytest.mark.parametrize(
    "error",
    [
        ArgumentError("x"),
        ArgumentTypeError("x"),
        AttributeError("x"),
        IndexError("x"),
        KeyError("x"),
        OverflowError("x"),
        TypeError("x"),
        ValueError("x"),
        ZeroDivisionError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_goes_wrong_is_said_of_the_file(error):
    line = r"^model.json: does not describe a flow \('?x'?\)$"
    with pytest.raises(FileError, match=line), describing("a flow"):
        raise error


def test_a_state_that_does_not_fit_says_where():
    line = r"^m.json: does not fit model.safetensors \(size mismatch for bias"
    with pytest.raises(FileError, match=line), describing("a layer", "m.json"):
        nn.Linear(2, 3).load_state_dict(nn.Linear(2, 4).state_dict())


def test_an_error_that_names_its_file_passes_and_faults_of_ours_do_too():
    with pytest.raises(FileError, match="^there"), describing("a flow"):
        raise FileError("there")
    with pytest.raises(zipfile.BadZipFile), describing("a flow"):
        raise zipfile.BadZipFile


def test_more_parameters_than_were_saved_are_refused():
    saved = numbers_in({"a": torch.zeros(2, 3), "b": torch.zeros(())})
    check_saved(7, saved)
    with pytest.raises(ArgumentError, match="at least 8 parameters, but 7 were saved"):
        check_saved(8, saved)


@pytest.mark.parametrize("name", [None, "int8", "float8", ["float32"]])
def test_dtypes_have_names(name):
    assert all(dtype_named(name_of(dtype)) == dtype for dtype in DTYPES.values())
    with pytest.raises(
        (ArgumentError, ArgumentTypeError), match="^dtype: got .*, expected one of float32, float64"
    ):
        dtype_named(name)


def test_a_file_of_tensors_is_not_unpickled(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x04pickled")
    with pytest.raises(FileError, match="model.safetensors: not a safetensors file"):
        read_tensors(tmp_path / "model.safetensors")


def test_a_dataclass_takes_what_it_has_fields_for():
    @dataclass(frozen=True)
    class Sizes:
        width: int = 1
        layers: int = 2

    assert picked(Sizes, {"width": 5, "heads": 7}) == Sizes(5, 2)

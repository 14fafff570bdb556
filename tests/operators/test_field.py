"""Fields: weights of sum one, masks, and shapes that must agree."""

from __future__ import annotations

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators import Field

VALUES, POSITIONS = torch.ones(2, 4, 3), torch.rand(2, 4, 1)


def test_default_weights_are_even_over_the_points_in_use():
    mask = torch.tensor([[True, True, True, True], [True, False, True, False]])
    torch.testing.assert_close(Field(VALUES, POSITIONS).quadrature, torch.full((2, 4), 0.25))
    expected = torch.tensor([[0.25, 0.25, 0.25, 0.25], [0.5, 0.0, 0.5, 0.0]])
    torch.testing.assert_close(Field(VALUES, POSITIONS, mask=mask).quadrature, expected)


def test_weights_must_sum_to_one_over_the_points_in_use():
    even = torch.full((2, 4), 0.25)
    Field(VALUES, POSITIONS, even)
    with pytest.raises(ArgumentError, match="those of sample 1 sum to 0.5, expected 1"):
        Field(VALUES, POSITIONS, even * torch.tensor([[1.0], [0.5]]))
    half = torch.tensor([[True, True, True, True], [True, False, True, False]])
    with pytest.raises(ArgumentError, match="those of sample 1 sum to 0.5, expected 1"):
        Field(VALUES, POSITIONS, even, half)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ((VALUES, POSITIONS[:, :3]), ArgumentError, "values, positions: got the shapes"),
        ((VALUES[0], POSITIONS), ArgumentError, "values: expected a tensor of shape"),
        ((VALUES, POSITIONS, torch.ones(2, 3)), ArgumentError, "weights: got the shape"),
        ((VALUES, POSITIONS, None, torch.ones(2, 4)), ArgumentTypeError, "mask: expected a tensor of bool"),
        ((VALUES, POSITIONS, None, torch.zeros(2, 4, dtype=torch.bool)), ArgumentError, "sample 0 has no"),
    ],
)
def test_bad_fields(given, error, words):
    with pytest.raises(error, match=words):
        Field(*given)

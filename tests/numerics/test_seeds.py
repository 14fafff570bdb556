"""Seeds that come of one seed are independent of each other and of those of other seeds."""

import itertools

import torch

from sciml.numerics.seeds import generator, independent


def test_more_seeds_begin_with_the_same_ones():
    assert independent(7, 5)[:3] == independent(7, 3)


def test_seeds_of_neighbours_have_none_in_common():
    words = [word for seed in range(200) for word in independent(seed, 5)]
    assert len(set(words)) == len(words)


def test_a_generator_hangs_on_each_of_its_numbers_and_on_their_order():
    keys = [*itertools.product(range(4), repeat=3), (7919, 0, 0), (0, 7919, 0), (0, 0, 104729)]
    states = {key: generator(*key).initial_seed() for key in keys}
    assert len(set(states.values())) == len(keys)
    torch.testing.assert_close(
        torch.rand(5, generator=generator(3, 1)), torch.rand(5, generator=generator(3, 1)), rtol=0, atol=0
    )

"""Enlarged batches: each pair shifted and reflected as one, by a draw that the step and the seed fix."""

import pytest
import torch

from sciml.operators.data import Burgers, DataSpec, GaussianField, generate
from sciml.operators.frames.augment import Augmented, Symmetries, turned
from sciml.operators.frames.grid import mirrored

F64 = torch.float64


def pairs(count=6, n=16):
    torch.manual_seed(1)
    inputs = torch.randn(count, n, 1, dtype=F64)
    return inputs, 2 * inputs + 1


@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("reflect", [True, False])
def test_every_pair_is_one_of_the_allowed_and_both_parts_move_together(shift, reflect):
    inputs, outputs = pairs()
    found = turned((inputs, outputs), Symmetries(shift, reflect), torch.Generator().manual_seed(0))
    seen = set()
    for i in range(6):
        candidates = {
            (by, flip): tuple(
                mirrored(x[i : i + 1].roll(by, 1)) if flip else x[i : i + 1].roll(by, 1)
                for x in (inputs, outputs)
            )
            for by in range(16 if shift else 1)
            for flip in ((False, True) if reflect else (False,))
        }
        matching = [
            key
            for key, pair in candidates.items()
            if all(torch.equal(mine[i : i + 1], one) for mine, one in zip(found, pair, strict=True))
        ]
        assert len(matching) == 1, i
        seen.add(matching[0])
    assert len(seen) > 1 or not (shift or reflect)


def test_enlarged_pairs_of_burgers_obey_burgers():
    """Shifted and reflected initial values go to shifted and reflected solutions."""
    spec = DataSpec(Burgers(nu=0.05), GaussianField(modes=12))
    data = generate(spec, 4, 64, seed=2)
    inputs, outputs = (torch.from_numpy(x) for x in (data.inputs, data.outputs))
    moved, known = turned((inputs, outputs), Symmetries(), torch.Generator().manual_seed(3))
    series = spec.law.block(0, 2).first(4)
    import numpy as np

    modes = np.fft.rfft(moved[..., 0].numpy(), axis=1, norm="forward")
    modes[:, 1:] *= 2
    fresh = type(series)(modes[:, :13])
    found = torch.from_numpy(spec.operator.on_grid(fresh, 64))
    torch.testing.assert_close(known[..., 0], found, rtol=0, atol=1e-11)
    assert (moved - inputs).abs().max() > 0.1


def test_a_batch_hangs_on_step_and_seed_alone():
    one, two = (Augmented(pairs(), 3, Symmetries()) for _ in range(2))
    two.batch(7, 0)
    for ours, theirs in zip(one.batch(2, 5), two.batch(2, 5), strict=True):
        assert torch.equal(ours, theirs)
    assert not torch.equal(one.batch(2, 5)[0], one.batch(2, 6)[0])
    assert not torch.equal(one.batch(2, 5)[0], one.batch(4, 5)[0])

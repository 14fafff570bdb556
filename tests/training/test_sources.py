"""Where batches come from: several tensors, sources by number, iterables."""

import pytest
import torch

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.training.fit import fit
from sciml.training.plan import Minibatch
from sciml.training.rows import Rows, Stream, as_source, fingerprint

F64 = torch.float64


def line():
    model = torch.nn.Linear(3, 1, dtype=F64)
    for p in model.parameters():
        torch.nn.init.ones_(p)
    return model


def table():
    x = torch.randn(120, 3, generator=torch.Generator().manual_seed(1), dtype=F64)
    return x, (x @ torch.tensor([1.0, 2.0, 3.0], dtype=F64))[:, None]


def squares(model):
    return lambda batch: (model(batch[0]) - batch[1]).square().mean()


def ended(data, **known):
    model = line()
    fit(model, squares(model), data, Minibatch(20, 16, 0.1), seed=5, monitor=Monitor(), **known)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


class Numbered:
    """The same batches as rows in memory, made by number."""

    def batch(self, step, seed):
        return Rows(table(), 16).batch(step, seed)


def test_several_tensors_keep_their_rows_together():
    x, y = Rows(table(), 16).batch(3, 0)
    torch.testing.assert_close(y[:, 0], x @ torch.tensor([1.0, 2.0, 3.0], dtype=F64))


def test_a_source_and_a_list_train_to_the_same_bits_as_rows():
    expected = ended(table(), validation=table())
    assert torch.equal(ended(Numbered(), validation=table()), expected)
    listed = [Rows(table(), 16).batch(step, 5) for step in range(20)]
    assert torch.equal(ended(listed, validation=table()), expected)


def test_an_iterable_begins_again_and_passes_over_what_was_seen():
    stream = Stream([torch.tensor([float(i)]) for i in range(3)])
    assert [stream.batch(step, 0).item() for step in range(5)] == [0, 1, 2, 0, 1]
    assert stream.batch(10, 0).item() == 1
    assert stream.batch(2, 0).item() == 2


def test_a_generator_that_ends_too_early_is_named():
    with pytest.raises(DataError, match="ended after 3 batches"):
        ended((Rows(table(), 16).batch(step, 0) for step in range(3)), validation=table())


def test_streamed_data_needs_validation_rows():
    with pytest.raises(ArgumentError, match="validation: got None"):
        ended(Numbered())


def test_data_of_another_kind_is_refused():
    with pytest.raises(ArgumentTypeError, match="data: got int"):
        as_source(3, 16, 0.1, 0, table())


@pytest.mark.parametrize("data", [(), (torch.ones(3), torch.ones(4)), torch.tensor(1.0)])
def test_rows_that_do_not_match_are_refused(data):
    with pytest.raises(DataError, match="as many rows each"):
        as_source(data, 16, 0.1, 0, None)


def test_the_fingerprint_tells_data_apart():
    x, y = table()
    first = fingerprint(Rows((x, y), 16))
    assert first == fingerprint(Rows((x.clone(), y), 16))
    changed = x.clone()
    changed[50, 1] += 1e-15
    others = [
        Rows((changed, y), 16),
        Rows((x.float(), y), 16),
        Rows(x, 16),
        Rows((x, y), 16, torch.arange(9)),
    ]
    assert len({first, *map(fingerprint, others)}) == 5


def test_the_validation_loss_is_that_of_all_rows_at_once(monkeypatch):
    monkeypatch.setattr("sciml.training.loop.AT_ONCE", 200)
    model, data = line(), table()
    found = fit(model, squares(model), data, Minibatch(0, 16), seed=0, monitor=Monitor(), validation=data)
    assert found.best == pytest.approx(squares(model)(data).item(), rel=1e-14)

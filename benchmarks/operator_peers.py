"""Networks that learn an operator at equal CPU time: ours, their ablations, and neuraloperator's FNO."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from harness import Missing
from torch import Tensor, nn

from sciml.operators.learning import Task
from sciml.operators.models.attention import Kind
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.galerkin import GalerkinTransformer1d
from sciml.operators.recipe import OperatorRecipe

# Of neuraloperator's FNO: layers as it ships; width (of 32, 64) and rate (of 1, 2, 4 times the recipe's) that
# did best at nu = 0.01 in 20 CPU seconds. Ours have the recipe's.
LAYERS, WIDTH, RATES = 4, 32, {"neuraloperator": 2.0}


class Pointwise(nn.Module):
    """A convolution of one point as the matrix it is, so that the optimizer of matrices sees one."""

    def __init__(self, convolution: nn.Conv1d) -> None:
        super().__init__()
        self.out_channels = convolution.out_channels  # which the layers that hold it ask for
        self.weight = nn.Parameter(convolution.weight.detach()[..., 0].clone())
        self.bias = None if convolution.bias is None else nn.Parameter(convolution.bias.detach()[:, None])

    def forward(self, x: Tensor) -> Tensor:
        out = self.weight @ x
        return out if self.bias is None else out + self.bias


class TheirFNO(NeuralOperator):
    """neuraloperator's FNO of the same modes and channels; without positions it commutes with shifts.

    Its point-wise convolutions are turned into the same matrices, which the optimizer needs.
    """

    def __init__(self, modes: int, channels: tuple[int, int] = (1, 1)) -> None:
        super().__init__(*channels)
        kept = 2 * modes - 2  # of which it takes half and the mean
        whole = _library()((kept,), *channels, WIDTH, n_layers=LAYERS, positional_embedding=None)
        self.lifting, self.blocks, self.projection = whole.lifting, whole.fno_blocks, whole.projection
        _as_matrices(self)

    def evaluate(self, field: Field) -> Tensor:
        x = self.lifting(field.values.mT)
        for layer in range(LAYERS):
            x = self.blocks(x, layer)
        return self.projection(x).mT


def _library() -> type[nn.Module]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from neuralop.models import FNO
    except ImportError:
        raise Missing("neuraloperator") from None
    return FNO


def _as_matrices(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Conv1d) and child.kernel_size == (1,):
            setattr(module, name, Pointwise(child))
        else:
            _as_matrices(child)


def _spec(model: str) -> Callable[[OperatorRecipe], NeuralOperator]:
    return lambda recipe: recipe.spec(model).build().operator  # type: ignore[return-value]


def _with_attention(kind: Kind) -> Callable[[OperatorRecipe], NeuralOperator]:
    """The Galerkin transformer with another attention in the place of its own."""

    def build(recipe: OperatorRecipe) -> NeuralOperator:
        sizes = ("width", "layers", "heads", "modes", "before", "decoder", "positions")
        return GalerkinTransformer1d(**{name: getattr(recipe, name) for name in sizes}, kind=kind)

    return build


NETWORKS: Mapping[str, Callable[[OperatorRecipe], NeuralOperator]] = {
    "galerkin": _spec("galerkin"),
    "fno": _spec("fno"),
    "neuraloperator": lambda recipe: TheirFNO(recipe.modes),
    "deeponet": _spec("deeponet"),
    "spectral": _spec("spectral"),
    "softmax": _with_attention("softmax"),
    "linear": _with_attention("linear"),
}


def tuned(name: str, task: Task) -> Task:
    """Return a task with the rate that suits a network."""
    rate = RATES.get(name, 1.0) * task.recipe.learning_rate
    return replace(task, recipe=replace(task.recipe, learning_rate=rate))


def network(name: str, task: Task, seed: int) -> NeuralOperator:
    """Return a network with first weights by the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NETWORKS[name](task.recipe)

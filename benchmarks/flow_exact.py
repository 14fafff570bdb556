"""How exact flows are: log-determinants, samples with the weights of nflows, splines in float32."""

from __future__ import annotations

import warnings

import torch
from flow_peers import BINS, BOUND, imported
from torch import Tensor

from sciml import flows
from sciml.flows import AbstractTransform, RationalQuadratic

F64 = torch.float64
FAMILIES = {"additive": flows.Additive(), "affine": flows.Affine(), "spline": RationalQuadratic(5, 3.0)}


def scrambled(transform: AbstractTransform) -> AbstractTransform:
    """Move every parameter, so that the transform is no longer the identity."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in transform.parameters():
            p += 0.3 * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return transform


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=F64)


def transforms() -> dict[str, AbstractTransform]:
    """Every transform: of one, two and five columns, with and without context; acting on all reals."""
    small = {"layers": 3, "hidden": (12, 8), "dtype": F64}
    found: dict[str, AbstractTransform] = {
        "permutation": flows.Permutation.random(5, seed=3),
        "LU": flows.LULinear(4, F64),
        "whitening": flows.Whitening.fit(rows(50, 3) @ rows(3, 3) + 5),
        "Yeo-Johnson": flows.YeoJohnson(numbers(0.3, 1.0, 1.9)),
        "circular": flows.circular_flow(3, context_features=1, **small),
    }
    for build in (flows.coupling_flow, flows.autoregressive_flow):
        for family, transform in FAMILIES.items():
            for features, context in ((1, 0), (1, 2), (2, 0), (5, 0), (5, 2)):
                name = f"{build.__name__}({features}, context {context}, {family})"
                found[name] = build(features, transform=transform, context_features=context, **small)
    positive = {"log": flows.Log(numbers(0.0, -2.0)), "logit": flows.Logit(numbers(0, -1), numbers(1, 3))}
    return {name: scrambled(each) for name, each in (found | positive).items()}


def rows(count: int, features: int, seed: int = 1) -> Tensor:
    return torch.randn(count, features, generator=torch.Generator().manual_seed(seed), dtype=F64)


def domain(name: str, x: Tensor) -> Tensor:
    """Rows where the transform is defined."""
    inside = {"log": torch.exp, "logit": torch.sigmoid, "circular": lambda x: 3 * x.tanh()}
    return inside.get(name, lambda x: x)(x)


def log_det(quick: bool) -> tuple[float, str]:
    """The largest difference between a log-determinant and slogdet of the Jacobian, both directions."""
    errors = {name: _off(name, each, 3 if quick else 20) for name, each in transforms().items()}
    worst = max(errors, key=lambda name: errors[name])
    return errors[worst], f"{len(errors)} transforms, both directions; largest for {worst}"


def _off(name: str, transform: AbstractTransform, count: int) -> float:
    x = domain(name, 1.5 * rows(count, transform.features))
    context = rows(count, transform.context_features, 2) if transform.context_features else None
    z = transform.forward_and_log_det(x, context)[0].detach()
    pairs = ((transform.forward_and_log_det, x), (transform.inverse_and_log_det, z))
    return max(_against_slogdet(function, each, context) for function, each in pairs)


def _against_slogdet(function, x: Tensor, context: Tensor | None) -> float:
    found = function(x, context)[1].detach()
    # Row by row through the sum: rows do not mix, so its Jacobian holds those of the rows.
    whole = torch.autograd.functional.jacobian(lambda rows: function(rows, context)[0].sum(0), x)
    return _worst(found - torch.linalg.slogdet(whole.transpose(0, 1))[1])


def same_samples(features: int, layers: int) -> tuple[float, str]:
    """The largest difference between our draws and those of nflows, from equal weights and latents."""
    theirs, ours = imported(features, layers)
    z = rows(1000, features).float()
    with torch.no_grad():
        x, y = (_inverse(model.module, z) for model in (theirs, ours))
        exact = _inverse(ours.module.double(), z.double())
        ours.module.float()
    away = [float((each - exact).abs().max()) for each in (y, x)]
    words = f"layers {layers}, float32; from float64: ours {away[0]:.1e}, nflows {away[1]:.1e}"
    return float((x - y).abs().max()), words


def same_in_float64(features: int, layers: int) -> tuple[float, str]:
    """The same of weights and latents in float64, where rounding is out of the way."""
    pair, z = imported(features, layers), rows(1000, features).double()
    with torch.no_grad():
        x, y = (_inverse(model.module.double(), z) for model in pair)
    for model in pair:
        model.module.float()
    return float((x - y).abs().max()), f"layers {layers}, float64"


def _inverse(module, z: Tensor) -> Tensor:
    inverse = module.inverse_and_log_det if isinstance(module, flows.Flow) else module._transform.inverse
    return inverse(z)[0]


def round_trip(quick: bool) -> tuple[float, str]:
    """The worst |f⁻¹(f(x)) - x| in float32 over parameters of growing size; NaN counts as infinity."""
    spline = RationalQuadratic(BINS, BOUND)
    found = {scale: _trip(spline, scale, quick) for scale in (1.0, 3.0, 10.0)}
    words = ", ".join(f"{s:g} N(0,1): {e:.1e}" for s, e in found.items())
    return max(found.values()), f"{words}; {_peers(quick)}"


def _case(spline: RationalQuadratic, scale: float, quick: bool) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    count = 20_000 if quick else 400_000
    x = 12 * torch.rand(count, generator=generator) - 6
    return x, scale * torch.randn(spline.parameters, count, generator=generator)


def _trip(spline: RationalQuadratic, scale: float, quick: bool) -> float:
    x, parameters = _case(spline, scale, quick)
    return _worst(spline.inverse(spline.forward(x, parameters)[0], parameters)[0] - x)


def _worst(error: Tensor) -> float:
    return float(error.abs().nan_to_num(torch.inf).max())


def _peers(quick: bool) -> str:
    """What the peers' splines do at the largest size, in words."""
    x, parameters = _case(RationalQuadratic(BINS, BOUND), 10.0, quick)
    words = [
        f"{name} {_outcome(trip, x, parameters)}" for name, trip in (("nflows", _nflows), ("zuko", _zuko))
    ]
    return "at 10 " + ", ".join(words)


def _outcome(trip, x: Tensor, parameters: Tensor) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f"{_worst(trip(x, *parameters.T.split([BINS, BINS, BINS - 1], 1)) - x):.1e}"
    except ImportError:
        return "not installed"
    except (AssertionError, RuntimeError) as error:
        return f"raises {type(error).__name__}"


def _nflows(x: Tensor, *parts: Tensor) -> Tensor:
    from nflows.transforms.splines.rational_quadratic import unconstrained_rational_quadratic_spline as spline

    z, _ = spline(x, *parts, tail_bound=BOUND)
    return spline(z, *parts, inverse=True, tail_bound=BOUND)[0]


def _zuko(x: Tensor, *parts: Tensor) -> Tensor:
    from zuko.transforms import MonotonicRQSTransform

    spline = MonotonicRQSTransform(*parts, bound=BOUND)
    return spline.inv(spline(x))

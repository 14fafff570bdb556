"""Neural operators: so far the attention that they are built of, and data made for them."""

from sciml.operators.attention import GalerkinAttention
from sciml.operators.field import Field

"""States of a periodic potential: ψ(x + period) = exp(iθ) ψ(x)."""

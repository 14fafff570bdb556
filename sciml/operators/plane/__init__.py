"""Functions on grids of a plane: waves, spectral networks, regressions, losses, symmetries, ranges."""

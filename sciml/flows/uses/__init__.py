"""What densities are good for: posteriors from simulations, draws from energies, evidence."""

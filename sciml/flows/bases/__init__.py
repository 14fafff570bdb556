"""Base densities: what the latent variables of a flow follow."""

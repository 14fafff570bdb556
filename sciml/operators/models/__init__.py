"""Operators: Galerkin attention, its ablations, and what they must beat."""

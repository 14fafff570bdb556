"""Gases with detailed thermodynamics and transport: data, and their formulas in NumPy and in torch."""

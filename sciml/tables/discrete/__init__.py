"""Exact masses of the discrete columns of a table."""

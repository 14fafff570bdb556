"""Densities of tables: a data frame in, a checked density out."""

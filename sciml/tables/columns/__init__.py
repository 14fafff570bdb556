"""Columns of a table: what they hold, how it is found, and their cells as numbers and back."""

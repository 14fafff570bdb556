"""The density of the real columns of a table: flows beside what they must beat."""

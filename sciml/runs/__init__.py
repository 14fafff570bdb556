"""A run folder and what is in it: the solution, its report, its files."""

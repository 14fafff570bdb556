"""Solve a problem: find it by name, check what was asked, run it, and keep the result."""

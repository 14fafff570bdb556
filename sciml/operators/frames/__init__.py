"""Exact changes of variables in which an operator is learned, and symmetries that enlarge its batches."""

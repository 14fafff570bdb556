"""Models of the nflows library as flows of ours."""

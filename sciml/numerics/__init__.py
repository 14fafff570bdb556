"""Domains, derivatives and networks: what the families compute with."""

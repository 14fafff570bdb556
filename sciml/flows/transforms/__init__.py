"""Invertible maps with log-determinants, and the networks that steer them."""

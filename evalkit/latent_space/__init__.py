"""Paths, sums, planes and maps of a latent space."""

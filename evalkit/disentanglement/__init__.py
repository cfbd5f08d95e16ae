"""Measure whether single latents stand for single true factors."""

"""Arithmetic with the same bits on every processor, and compiled functions that are kept safely."""

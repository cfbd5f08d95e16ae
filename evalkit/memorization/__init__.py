"""Nearest training images, the test for copying, precision and recall."""

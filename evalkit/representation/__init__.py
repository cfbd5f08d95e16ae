"""Measures of the labels that can be read from codes of images, and of the codes' clusters."""

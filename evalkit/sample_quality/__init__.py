"""Measure how good and how varied the images of a generator are."""

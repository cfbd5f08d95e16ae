"""Fixtures of the tests of data."""

import importlib.metadata

import pytest

from fractaldream_models.data import live_images


@pytest.fixture
def streams(monkeypatch):
    """The entry point of an installed package, whether or not one is installed here."""
    point = importlib.metadata.EntryPoint("fractaldream", "fractaldream", "fractaldream.streams")
    original = importlib.metadata.entry_points

    def entry_points(**query):
        return [point] if query.get("group") == "fractaldream.streams" else original(**query)

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    monkeypatch.setattr(live_images, "YARDSTICK", 60)
    monkeypatch.setattr(live_images, "HELD_OUT", 40)

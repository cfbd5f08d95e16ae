"""Sweeps: many short trainings over a space of settings, kept in a storage, and their report."""

"""Compare several models: one row of all figures for each run."""

"""The rungs of the ladder, one module each, with `statistic()`, `test()` and a typed result."""

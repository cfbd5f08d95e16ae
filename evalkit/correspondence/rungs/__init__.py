"""The rungs of the ladder, one module each, with `statistic()`, `test()` and a typed result."""

RUNGS = ("identity", "symmetry", "rotation", "affine", "nonlinear", "local")  # highest first
TESTED = ("identity", "symmetry", "rotation", "local")  # the others describe, without a p-value

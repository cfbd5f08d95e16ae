"""The rungs of the ladder by name."""

RUNGS = ("identity", "symmetry", "rotation", "affine", "nonlinear", "local")  # highest first
TESTED = ("identity", "symmetry", "rotation", "local")  # the others describe, without a p-value

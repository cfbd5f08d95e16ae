"""Evaluation and use of a model: held-out figures, quality of samples, sampling, reconstruction."""

"""What a model can do: held-out figures, quality of samples, sampling and reconstruction."""

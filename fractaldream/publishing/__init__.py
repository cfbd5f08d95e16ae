"""From a dataset file, or a decision file, to a data set that others find complete, and back."""

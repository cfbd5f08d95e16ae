"""The six parameters of each image: drawn from a law, in matched pairs, or read from a table."""

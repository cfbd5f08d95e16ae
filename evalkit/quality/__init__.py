"""How good, how varied and how well ordered: quality, disentanglement, and models side by side."""

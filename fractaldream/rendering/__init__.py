"""From parameters to images: orbits, visit counts (on the processor or a GPU) and levels."""

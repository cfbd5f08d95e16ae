"""Training: a plan, the loop over epochs, and the run folder that it writes."""

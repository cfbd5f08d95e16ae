"""The whole way from a recipe to an answer in one command, `fractaldream demo`."""

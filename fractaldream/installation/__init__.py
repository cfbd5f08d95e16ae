"""What is installed and what this machine has, as `fractaldream doctor` reports it."""

"""What each tested rung would have found: partial correspondence planted, and looked for."""

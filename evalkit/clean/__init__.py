"""Clean image sets: rank what looks wrong, let a person decide, and replay the decisions."""

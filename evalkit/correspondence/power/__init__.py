"""What each tested rung would have found: partial correspondence planted, and looked for.

`planted` makes the replicates and tests them as the ladder does; `search` finds the smallest share.
"""

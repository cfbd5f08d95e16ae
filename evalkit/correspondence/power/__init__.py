"""Power of each tested rung: partial correspondence is planted, and looked for.

`planted` makes the replicates and tests them as the ladder does; `search` finds the smallest share.
"""

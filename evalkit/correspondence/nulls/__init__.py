"""Generators that know nothing of the parameters, and the ensembles of them that make the nulls."""

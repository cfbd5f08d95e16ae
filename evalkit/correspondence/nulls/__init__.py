"""Generators that know nothing of the parameters, and the ensembles of them that make the nulls.

`generators` and `attractors` make one ignorant generator, `gain` matches random networks to the
generator under test, and `ensembles` scores a family of them for rungs 2 (axes), 3 and 6.
"""

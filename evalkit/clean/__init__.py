"""Cleaning of image sets: what looks wrong first, a person decides, the decision is replayed.

review(folder, out)      reads the folder, ranks, writes the page
learn(review, decisions) ranks again from a person's first decisions
apply(folder, decisions, clean)  the cleaned copy, and a packed file for training
"""

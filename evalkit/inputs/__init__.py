"""Inputs of the evaluations: models, callables and images, and where they come from.

`model` opens a checkpoint, a function (`callables`) or a network as a `LatentModel`; `images` opens
a data set file, a folder or MNIST as an `ImageSet`, and `provenance` says whether a model learnt
from it. `pixels` brings arrays of images to one range, `folding` and `devices` make networks ready.
"""

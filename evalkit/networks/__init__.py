"""Networks of the evaluation: classifier, inverse renderer, features.

`features` and `detail` turn images into vectors in which distances are taken. `classifier` names
images, and `classifier_training` trains it. `inverse_renderer` reads parameters off images;
`inverse_training` trains it, and `inverse_store` finds the one that fits, in the package or the
cache folder.
"""

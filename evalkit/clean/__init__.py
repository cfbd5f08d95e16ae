"""Clean image sets: rank what looks wrong, let a person decide, and replay the decisions.

From a folder to its review (`review_store.review`):

1. `scan`: every file is read once, into a `Reading` with its key (`keys`) and `measures`.
2. `assessment`: what is compared: `duplicates` and `copies`; `embedding` turns images into vectors,
   in which `content` looks for `outliers` and `bad_crops` (with `outlier_exposure`; `yellow_faces`
   for one kind of set).
3. `findings` puts this into words, `ranking` into one suspicion for each image.
4. `review_store` writes the findings, the ranking, the `summary` and the `page`.

From decisions to a clean copy (`clean_copy.apply`): `decisions` are read by pixels, files are
copied or linked, and `pack` writes images for training.
"""

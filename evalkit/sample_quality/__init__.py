"""Measure how good and how varied the images of a generator are.

`evaluation` is the front door, `quality()`. It draws `batches` of real and generated images,
describes them (`descriptions`) in `feature_spaces`, and measures `distances`, the coverage of
`classes`, a `classifier_two_sample` test, and FID, KID and Inception score (`inception`). `results`
is what it returns; `figures` and `curves` draw it.
"""

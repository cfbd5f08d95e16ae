"""Nearest training images, the test for copying, precision and recall.

`nearest_images` is the front door, `neighbours()`. It finds the nearest training images, tests for
`copying`, and measures `precision_recall`. `results` is what it returns, with the `caveats` that
belong to it; `contact_sheet` and `figures` draw it.
"""

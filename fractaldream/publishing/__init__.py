"""From a dataset file, or a decision file, to a data set that others find complete, and back.

`publication` is the front door, `publish()`. `images` or `decisions` describe the file
(`description`), `staging` makes the folder with its `card` and `croissant` metadata, `checks` look
at it, and `kaggle` sends it through the official `client`. `fetching` brings it back.
"""

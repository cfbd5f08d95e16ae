"""Has a generator rebuilt the map from parameters to images? The ladder, its nulls, its power."""

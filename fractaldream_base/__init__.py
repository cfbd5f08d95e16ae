"""What all packages share: errors, files, the cache folder, and how their command lines work.

The packages do not import each other for this. Of other libraries, click alone is imported, and
h5py once a file of it is opened, so that `--help` is quick.
"""

"""Code that all packages share: errors, files, the cache folder, and the basis of command lines.

The packages do not import each other for this. The modules of command lines import click
and tqdm alone, so that `--help` is quick; h5py, matplotlib and pandas are imported where they are
needed.
"""

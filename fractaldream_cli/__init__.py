"""What the command lines of all packages share: options, output and the way a program ends.

The packages do not import each other for this. These modules import click alone, so that `--help`
is quick.
"""

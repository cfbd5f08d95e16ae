"""`cgan`: `dcgan4` with the label as a further input (Mirza 2014)."""

from dataclasses import replace

from .dcgan4 import KIND as DCGAN4

KIND = replace(DCGAN4, name="cgan", conditional=True, paired=False)
